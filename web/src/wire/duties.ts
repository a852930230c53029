// Made by bin/generate from dianmai/wire. Edit the structs there.

import type { PersonBrief } from './org'

/** What somebody can answer for in a unit, such as the equipment. */
export interface Duty {
  duty: number
  name: string
  name_en: string
}

/** The company's list of duties. */
export type GetDuties = Record<string, never>

export interface Duties {
  duties: Duty[]
  may_set?: boolean
}

/** A line of the list as it shall be; without `duty` a new one, without `name_en` called the same in English. */
export interface DutyWish {
  name: string
  duty?: number | null
  name_en?: string
}

/** Makes these the company's list, in this order. Needs a nonce. */
export interface SetDuties {
  duties: DutyWish[]
}

/** Body of `org.duties_set` in stream `org`: the list before and after. */
export interface DutiesSet {
  before: Duty[]
  after: Duty[]
}

/** Who answers for what in a unit. */
export interface GetDutyHolders {
  unit: number
}

/** A duty in a unit. `acting`: whom it reaches now, by id; left out when neither of both works there. */
export interface DutyHeld {
  duty: number
  name: string
  person?: PersonBrief | null
  deputy?: PersonBrief | null
  acting?: number | null
}

/** All duties of the list as they stand in a unit. */
export interface DutyHolders {
  duties: DutyHeld[]
  may_set?: boolean
}

/** Says who answers for something in a unit, and who when that one works there no more. Needs a nonce. */
export interface SetDutyHolder {
  unit: number
  duty: number
  person?: number | null
  deputy?: number | null
}

/** Body of `org.duty_set` in stream `org`: who has a duty of a unit from now on, and who had it. */
export interface DutySet {
  unit: number
  duty: number
  person?: number | null
  deputy?: number | null
  person_before?: number | null
  deputy_before?: number | null
}
