import { ProtocolError } from '../protocol'

/** What came with a request does not fit. */
export const invalid = (message: string): ProtocolError =>
  new ProtocolError('invalid_params', message)

/** There is nothing at this address, or nothing for this caller. */
export const resourceNotFound = (uri: string, message: string): ProtocolError =>
  new ProtocolError('resource_not_found', message, { uri })
