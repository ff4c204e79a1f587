import type { Config, Jurisdiction } from '../config'

/**
 * The stub of one named object. The only place that makes object ids, so that tenant and
 * jurisdiction reach every one of them.
 *
 * @param jurisdiction The one sealed into a handle, where there is one: it outlives a change of
 *   the setting.
 */
export function objectStub<T extends Rpc.DurableObjectBranded>(
  namespace: DurableObjectNamespace<T>,
  { tenant, local, jurisdiction: configured }: Config,
  name: string,
  jurisdiction: Jurisdiction | undefined = configured,
): DurableObjectStub<T> {
  // Local workerd has no jurisdictions: there the setting is checked and sealed, not passed on.
  const scope =
    jurisdiction === undefined || local ? namespace : namespace.jurisdiction(jurisdiction)
  return scope.get(scope.idFromName(`${tenant}/${name}`))
}

/** The stub of an object that has told its own id, whatever its name and jurisdiction. */
export const objectById = <T extends Rpc.DurableObjectBranded>(
  namespace: DurableObjectNamespace<T>,
  id: string,
): DurableObjectStub<T> => namespace.get(namespace.idFromString(id))
