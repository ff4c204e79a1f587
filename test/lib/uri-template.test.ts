import { describe, expect, it } from 'vitest'
import { matchUri, parseUriTemplate } from '../../src/lib'

function templateOf(text: string) {
  const parsed = parseUriTemplate(text)
  if (!parsed.ok) throw new Error(parsed.problem)
  return parsed.template
}

describe('a URI template', () => {
  it.each<[string, string, Record<string, string> | undefined]>([
    ['time://{zone}', 'time://UTC', { zone: 'UTC' }],
    ['time://{zone}', 'time://Europe%2FBerlin', { zone: 'Europe/Berlin' }],
    ['time://{zone}', 'time://Europe/Berlin', undefined],
    ['time://{+zone}', 'time://Europe/Berlin', { zone: 'Europe/Berlin' }],
    ['time://{zone}', 'time://', undefined],
    ['time://{zone}', 'TIME://UTC', undefined],
    ['time://{zone}', 'time://UTC?x', undefined],
    ['time://{zone}', 'time://%zz', undefined],
    ['time://{zone}', 'time://%C3%28', undefined],
    ['a:{x}/data', 'a:1/data', { x: '1' }],
    ['a:{x}/data', 'a:1/data/data', undefined],
    ['a:{x}/data', 'a:1/2/data', undefined],
    ['a:{x}/data', 'a:1', undefined],
    ['a:{x}/data', 'a:/data', undefined],
    ['a:{x}-{y}', 'a:1-2-3', { x: '1', y: '2-3' }],
    ['a:{x}/{+rest}', 'a:1/2/3?4#5', { x: '1', rest: '2/3?4#5' }],
    ['a:{+x}/end', 'a:1/2/end', { x: '1/2' }],
    ['a:{x}', 'a:%7B%20%7D', { x: '{ }' }],
  ])('%s read back out of %s gives %j', (template, uri, values) => {
    expect(matchUri(templateOf(template), uri)).toEqual(values)
  })

  it.each<[string, string, Record<string, string> | undefined]>([
    ['time://{zone}', 'time://America/Argentina/Salta', { zone: 'America/Argentina/Salta' }],
    ['a:{x}/{y}', 'a:1/2/3', { x: '1', y: '2/3' }],
    ['a:{x}/data', 'a:1/2/data', undefined],
    ['time://{zone}', 'time://Europe/Berlin?x', undefined],
  ])('%s may end in slashes where asked: %s gives %j', (template, uri, values) => {
    expect(matchUri(templateOf(template), uri, true)).toEqual(values)
  })

  it('takes one pass over an address that repeats what separates variables', () => {
    const template = templateOf('a:{a}-{b}-{c}-{d}-{e}-{f}!')
    const began = performance.now()
    expect(matchUri(template, `a:${'-'.repeat(200_000)}`)).toBeUndefined()
    expect(performance.now() - began).toBeLessThan(1000)
  })
})
