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

export interface SignOut {
  stay?: boolean
}

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
  device?: SharedDevice | null
}

export type GetQuietHours = Record<string, never>

/** Sets one's own quiet hours. Needs a nonce. */
export interface SetQuietHours {
  on: boolean
  from_minute: number
  until_minute: number
  days?: number[]
}

/**
 * When a person is left alone but for what must be read. Also the body of `quiet.set` in the person's own stream.
 *
 * From a minute of the day to another, past midnight where that is the earlier one, on the `days` it begins (1 is
 * Monday; none: every day), by the clocks of `time_zone`.
 */
export interface QuietHours {
  on?: boolean
  from_minute?: number
  until_minute?: number
  days?: number[]
  time_zone?: string
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

/** A device that belongs to a store and not to a person: a till, a tablet in the back office. */
export interface SharedDevice {
  id: number
  name: string
  unit: number
  unit_name: string
}

/** Turns this browser into a shared device of a unit. Browsers get a cookie; `bearer` asks for a token instead. */
export interface RegisterDevice {
  name: string
  unit: number
  bearer?: boolean
}

export interface RegisteredDevice {
  device: SharedDevice
  token?: string | null
}

export interface GetDevices {
  unit: number
}

export interface DeviceLine {
  id: number
  name: string
  since: number
  last_used: number
  this: boolean
}

export interface Devices {
  devices: DeviceLine[]
}

export interface EndDevice {
  device: number
}

export type GetHere = Record<string, never>

export interface HeldPerson {
  person: number
  name: string
  active: boolean
}

/** Whom this device holds; without `device` it is no shared one. */
export interface Here {
  people: HeldPerson[]
  device?: SharedDevice | null
}

/** Lets another held person in with their password. Browsers get a cookie; `bearer` asks for a token instead. */
export interface Switch {
  person: number
  password: string
  bearer?: boolean
}

/** Body of `device.registered` in stream `org`; the entry's actor has done it. */
export interface DeviceRegistered {
  device: number
  name: string
  unit: number
}

/** Body of `device.ended` in stream `org`; the entry's actor has done it. */
export interface DeviceEnded {
  device: number
}
