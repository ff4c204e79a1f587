/** The part of the load generator that is used here; it comes without types. */
declare module 'autocannon' {
  interface Options {
    url: string
    connections: number
    /** Seconds. */
    duration: number
    method: 'POST'
    headers: Record<string, string>
    body: string
  }
  interface Result {
    /** Seconds that it took. */
    duration: number
    requests: { total: number }
    non2xx: number
    errors: number
    timeouts: number
  }
  export default function autocannon(options: Options): Promise<Result>
}
