/** Few enough that all of them can be asked, and none has to serve everybody. */
const HUBS = 8

/** The object that knows who is connected as this person. */
export function hubName(personId: string): `hub/${string}` {
  const sum = [...personId].reduce((total, char) => total + char.charCodeAt(0), 0)
  return `hub/${sum % HUBS}`
}
