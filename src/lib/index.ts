/**
 * Pure helpers without a word of this project in them.
 *
 * @module
 */
export { aeadOpen, aeadSeal, deriveAeadKey } from './aead'
export { askAgain } from './ask-again'
export { decodeBase64Text, decodeBase64Url, encodeBase64, encodeBase64Url, utf8 } from './base64'
export { Cancellation, type Cancelled } from './cancellation'
export { canonicalJson } from './canonical-json'
export { readCookie } from './cookie'
export { digestUuid, shortDigest } from './digest'
export { withoutCredentials, withoutValues } from './hide'
export { networkOf } from './ipv6'
export { jsonOf } from './json-of'
export { brokenReferences, closeObjects, keywordValues, unknownFields } from './json-schema'
export { isObject } from './object'
export { Outbox } from './outbox'
export { parseJson } from './parse-json'
export { isPublicHost, isPublicHttpsUrl } from './public-url'
export { type ReadBody, readBody } from './read-body'
export { remembering } from './remember'
export { SSE_HEADERS, sseComment, sseData } from './sse'
export { createTextCache, type TextCache, type TextCacheOptions } from './text-cache'
export { startTimer, type Timer, within } from './timer'
export { matchUri, parseUriTemplate, type UriTemplate } from './uri-template'
