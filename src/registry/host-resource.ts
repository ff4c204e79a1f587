import { parseUriTemplate } from '../lib'
import { type Annotations, APP_MIME_TYPE } from '../protocol'
import type { ResourceDefinition, ResourceTemplateDefinition } from '../sdk'
import { checkNames, type Report } from './checks'
import { describeItem } from './describe-item'
import type { HostedResource, HostedTemplate } from './hosted'

/** RFC 6838 §4.2, with parameters. */
const MEDIA_TYPE = /^[a-z0-9][\w!#$&^.+-]*\/[a-z0-9][\w!#$&^.+-]*(\s*;.+)?$/i

/** @param addresses Those that are taken; the resource's own is added. */
export function hostResource(
  resource: ResourceDefinition,
  addresses: Set<string>,
  report: Report,
): HostedResource {
  const { uri, size } = resource
  if (!URL.canParse(uri)) report('uri', `"${uri}" is not an absolute URI`)
  checkAddress('uri', uri, addresses, report)
  checkNoApp('uri', uri, resource.mimeType, report)
  if (size !== undefined && !(Number.isInteger(size) && size >= 0)) {
    report('size', 'must be a whole number of bytes')
  }
  return {
    definition: resource,
    description: {
      uri,
      ...describeItem(resource),
      ...(size !== undefined && { size }),
      ...describeReadable(resource, report),
    },
  }
}

/** @param addresses Those that are taken; the template is added. */
export function hostTemplate(
  template: ResourceTemplateDefinition,
  addresses: Set<string>,
  report: Report,
): HostedTemplate {
  const { uriTemplate, complete } = template
  checkAddress('uriTemplate', uriTemplate, addresses, report)
  checkNoApp('uriTemplate', uriTemplate, template.mimeType, report)
  const parsed = parseUriTemplate(uriTemplate)
  if (!parsed.ok) report('uriTemplate', `"${uriTemplate}" cannot be read back: ${parsed.problem}`)
  const variables = parsed.ok ? parsed.template.variables.map(({ name }) => name) : []
  if (parsed.ok) checkNames('complete', complete, variables, report)
  return {
    definition: template,
    description: {
      uriTemplate,
      ...describeItem(template),
      ...describeReadable(template, report),
    },
    template: parsed.ok ? parsed.template : { literals: [uriTemplate], variables: [] },
  }
}

/** Whether it is of apps, which hosts trust to say what they may reach, is for `defineApp` to say. */
function checkNoApp(
  field: string,
  address: string,
  mimeType: string | undefined,
  report: Report,
): void {
  if (/^ui:/i.test(address)) report(field, `"${address}" is an address of apps; use defineApp`)
  if (mimeType?.replaceAll(' ', '') === APP_MIME_TYPE) {
    report('mimeType', `"${mimeType}" is that of apps; use defineApp`)
  }
}

export function checkAddress(
  field: string,
  address: string,
  addresses: Set<string>,
  report: Report,
): void {
  if (addresses.has(address)) report(field, `"${address}" is already taken by an earlier one`)
  addresses.add(address)
}

interface Readable {
  mimeType?: string
  annotations?: Annotations
  cacheSeconds?: number | undefined
}

export function describeReadable(
  { mimeType, annotations, cacheSeconds = 0 }: Readable,
  report: Report,
) {
  if (mimeType !== undefined && !MEDIA_TYPE.test(mimeType)) {
    report('mimeType', `"${mimeType}" is not of the form type/subtype`)
  }
  if (!(cacheSeconds >= 0)) report('cacheSeconds', 'must be a number of seconds from 0 on')
  return {
    ...(mimeType !== undefined && { mimeType }),
    ...(annotations && { annotations }),
  }
}
