import { may, session } from '../core/session'

export interface OwnStore {
  id: number
  name: string
}

/** Where I work and may let people in: the stores whose shared devices are mine to register and to end. */
export function ownStores(): OwnStore[] {
  const stores = new Map<number, OwnStore>()
  for (const held of session.me?.person.positions ?? []) {
    if (may('issue_codes', [held.unit])) stores.set(held.unit, { id: held.unit, name: held.line.at(-1) ?? '' })
  }
  return [...stores.values()]
}
