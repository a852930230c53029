// Made by bin/generate from dianmai/wire. Edit the structs there.

export type UnitKind = 'hq' | 'department' | 'region' | 'city' | 'store'

export type Right = 'publish' | 'see_board' | 'issue_codes' | 'import' | 'administer'

export type ReadersShownTo = 'everyone' | 'author'

export type GroupsMadeBy = 'administrators' | 'managers' | 'everyone'

export interface UnitBrief {
  id: number
  kind: UnitKind
  name: string
  code?: string | null
  people?: number
  stores?: number
}

/** A position a person holds in a unit. `line` names the units from the top down to it. */
export interface HeldPosition {
  position: string
  title: string
  unit: number
  line: string[]
}

export interface PersonBrief {
  id: number
  name: string
  title?: string
  unit?: string
}

/** What somebody answers for in a unit; `deputy`: when the one responsible works there no more. */
export interface PersonDuty {
  name: string
  unit: number
  unit_name: string
  deputy?: boolean
}

export interface PersonCard {
  id: number
  name: string
  employee_no: string
  phone: string | null
  positions: HeldPosition[]
  state: 'invited' | 'active' | 'left'
  manager?: PersonBrief | null
  duties?: PersonDuty[]
}

/** One unit with its children and its own people; without `unit`, the top. */
export interface GetUnit {
  unit?: number | null
}

export interface UnitPage {
  unit: UnitBrief
  line: UnitBrief[]
  children: UnitBrief[]
  people: PersonBrief[]
  attributes?: Record<string, string>
  time_zone?: string
}

export interface GetPerson {
  person: number
}

/** Finds people and units by name, pinyin, initials, employee number, phone tail, store name or code, position. */
export interface Find {
  text: string
  limit?: number
}

export interface FoundPerson {
  person: PersonBrief
  why: string
}

export interface Found {
  people: FoundPerson[]
  units: UnitBrief[]
}

/** Which of these are the code of an open unit or the employee number of somebody who is here. */
export interface FindByCode {
  codes: string[]
}

export interface CodedUnit {
  code: string
  unit: UnitBrief
}

export interface CodedPerson {
  code: string
  person: PersonBrief
}

export interface FoundByCode {
  units: CodedUnit[]
  people: CodedPerson[]
}

/**
 * People who hold one of `positions` in a unit below one of `units` whose store has all `attributes`.
 *
 * An empty list does not narrow: no positions means every position, no units the whole company.
 */
export interface AudiencePart {
  units?: number[]
  positions?: string[]
  attributes?: Record<string, string>
}

/** Whoever is in any of `parts` or named in `people`, without those named in `without`. */
export interface Audience {
  parts?: AudiencePart[]
  people?: number[]
  without?: number[]
}

export interface PreviewAudience {
  audience: Audience
}

export interface UnitCount {
  unit: number
  name: string
  kind: UnitKind
  people: number
}

export interface AudiencePreview {
  people: number
  stores: number
  not_activated: number
  sample: PersonBrief[]
  by_unit: UnitCount[]
}

export type GetPositions = Record<string, never>

export interface PositionChoice {
  code: string
  title: string
  people: number
}

export interface AttributeChoice {
  key: string
  values: string[]
}

/** What an audience can be built from. */
export interface Positions {
  positions: PositionChoice[]
  attributes: AttributeChoice[]
}

/** Reads an uploaded HR file (xlsx or csv) and says what applying it would change. Changes nothing. */
export interface PlanImport {
  file: string
}

/** `changed`: phone, dates or manager. `position_new`: the file names it for the first time; it has no rights. */
export interface ImportChange {
  kind: 'join' | 'move' | 'leave' | 'rename' | 'return' | 'changed' | 'unit_new' | 'unit_changed' | 'unit_closed' | 'position_new'
  who: string
  before?: string
  after?: string
}

/** The difference, counted and listed (at most 1,000 lines). `digest` names exactly this plan. */
export interface ImportPlan {
  digest: string
  rows: number
  counts: Record<string, number>
  changes: ImportChange[]
  notes: string[]
  brake?: string | null
}

/** Applies the plan with this digest in one go; refused when file or organisation moved since. */
export interface ApplyImport {
  file: string
  digest: string
  confirm_mass_change?: boolean
}

export interface ImportDone {
  counts: Record<string, number>
}

/** Body of `org.changed` in stream `org`: people and units touched by one change, for followers. */
export interface OrgChanged {
  people: number[]
  units: number[]
  cause: string
}

/**
 * What the company has decided for everybody.
 *
 * `administrators` hold the right `administer` over the whole company, `managers` over any part of it.
 */
export interface Policies {
  chat_edit_minutes?: number
  chat_recall_minutes?: number
  readers_shown_to?: ReadersShownTo
  temporary_groups_by?: GroupsMadeBy
  link_previews?: boolean
}

export type GetPolicies = Record<string, never>

/** Sets what is given, leaves the rest. Needs a nonce. */
export interface SetPolicies {
  chat_edit_minutes?: number | null
  chat_recall_minutes?: number | null
  readers_shown_to?: ReadersShownTo | null
  temporary_groups_by?: GroupsMadeBy | null
  link_previews?: boolean | null
}

export interface PoliciesTold {
  policies: Policies
  may_set?: boolean
}

/** Body of `org.policy_set` in stream `org`: one policy, before and after (as JSON). */
export interface PolicySet {
  name: string
  before: string
  after: string
}
