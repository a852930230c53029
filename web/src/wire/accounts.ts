// Made by bin/generate from dianmai/wire. Edit the structs there.

import type { PersonCard, Right } from './org'

export type DeviceKind = 'phone' | 'desktop' | 'till' | 'other'

/** What the person calls the device, for the list of sessions. */
export interface Device {
  name?: string
  kind?: DeviceKind
}

/** Redeems a one-time activation code into a password (8 to 256 characters) and signs in. */
export interface Activate {
  employee_no: string
  code: string
  password: string
  device?: Device
  bearer?: boolean
}

/** Signs in with employee number and password. Browsers get a cookie; `bearer` asks for a token instead. */
export interface SignIn {
  employee_no: string
  password: string
  device?: Device
  bearer?: boolean
}

export interface SignedIn {
  me: Me
  token?: string | null
}

export type SignOut = Record<string, never>

export type GetMe = Record<string, never>

/**
 * Who is signed in and what they may do, so that the client shows only what will work.
 *
 * `rights` maps a right to the units below which it holds, those themselves included.
 */
export interface Me {
  person: PersonCard
  credential: number
  rights: Record<Right, number[]>
  modules: string[]
  language?: 'zh-CN' | 'en' | null
}

export type GetSessions = Record<string, never>

export interface Session {
  id: number
  device_name: string
  device_kind: DeviceKind
  since: number
  last_used: number
  this: boolean
}

export interface Sessions {
  sessions: Session[]
}

export interface EndSession {
  session: number
}

/**
 * Makes a new activation code for a person (the old one dies); said once, stored hashed.
 *
 * `page` is the address of the client's activation page: with it, the QR code opens that page with number and code
 * filled in (behind the #, so that they reach no server's log).
 */
export interface IssueCode {
  person: number
  page?: string | null
}

export interface IssuedCode {
  person: number
  employee_no: string
  name: string
  code: string
  expires: number
  qr_svg: string
}

/** Body of `code.issued` in stream `org`: for whom a code was made. The entry's actor made it; never the code. */
export interface CodeIssued {
  person: number
  expires: number
}
