// Made by bin/generate from dianmai/wire. Edit the structs there.

import type { AccessEnded } from './access'
import type { Activate, EndSession, GetMe, GetSessions, IssueCode, IssuedCode, Me, Sessions, SignIn, SignOut, SignedIn } from './accounts'
import type { Nothing } from './base'
import type { Conversations, GetConversations, GetHistory, GetMembers, GroupLineBody, History, Members, MessageBody, OpenDirect, Opened, Send, Sent } from './chat'
import type { Board, Chase, Chased, ChasedBody, Confirm, GetBoard, GetMissing, GetNotice, GetNotices, Missing, MyState, Notice, NoticeBody, Notices, Publish, Published, Read, ReceiptsBody, Receive, Received } from './notices'
import type { ApplyImport, AudiencePreview, Find, Found, GetPerson, GetPositions, GetUnit, ImportDone, ImportPlan, OrgChanged, PersonCard, PlanImport, Positions, PreviewAudience, UnitPage } from './org'
import type { CatchUp, CaughtUp, GetEntries, GotEntries, MarkRead, ReadMark } from './sync'

/** Every operation: what it is asked and what it answers. */
export interface Operations {
  'accounts.activate': { ask: Activate; answer: SignedIn }
  'accounts.sign_in': { ask: SignIn; answer: SignedIn }
  'accounts.sign_out': { ask: SignOut; answer: Nothing }
  'accounts.me': { ask: GetMe; answer: Me }
  'accounts.sessions': { ask: GetSessions; answer: Sessions }
  'accounts.end_session': { ask: EndSession; answer: Nothing }
  'accounts.issue_code': { ask: IssueCode; answer: IssuedCode }
  'org.unit': { ask: GetUnit; answer: UnitPage }
  'org.person': { ask: GetPerson; answer: PersonCard }
  'org.find': { ask: Find; answer: Found }
  'org.positions': { ask: GetPositions; answer: Positions }
  'org.preview_audience': { ask: PreviewAudience; answer: AudiencePreview }
  'org.plan_import': { ask: PlanImport; answer: ImportPlan }
  'org.apply_import': { ask: ApplyImport; answer: ImportDone }
  'chat.open_direct': { ask: OpenDirect; answer: Opened }
  'chat.send': { ask: Send; answer: Sent }
  'chat.conversations': { ask: GetConversations; answer: Conversations }
  'chat.history': { ask: GetHistory; answer: History }
  'chat.members': { ask: GetMembers; answer: Members }
  'sync.catch_up': { ask: CatchUp; answer: CaughtUp }
  'sync.entries': { ask: GetEntries; answer: GotEntries }
  'sync.read': { ask: MarkRead; answer: ReadMark }
  'notices.publish': { ask: Publish; answer: Published }
  'notices.list': { ask: GetNotices; answer: Notices }
  'notices.open': { ask: GetNotice; answer: Notice }
  'notices.receive': { ask: Receive; answer: Received }
  'notices.read': { ask: Read; answer: MyState }
  'notices.confirm': { ask: Confirm; answer: MyState }
  'notices.board': { ask: GetBoard; answer: Board }
  'notices.missing': { ask: GetMissing; answer: Missing }
  'notices.chase': { ask: Chase; answer: Chased }
}

export type OperationName = keyof Operations

/** Operations that change something and therefore carry a nonce. */
export const CHANGING: ReadonlySet<OperationName> = new Set<OperationName>([
  'accounts.activate',
  'accounts.sign_in',
  'accounts.sign_out',
  'accounts.end_session',
  'accounts.issue_code',
  'org.apply_import',
  'chat.open_direct',
  'chat.send',
  'sync.read',
  'notices.publish',
  'notices.receive',
  'notices.read',
  'notices.confirm',
  'notices.chase',
])

/** What the entries of each known kind carry. */
export interface EntryBodies {
  'chat.message': MessageBody
  'group.members': GroupLineBody
  'notice.published': NoticeBody
  'notice.chased': ChasedBody
  'notice.receipts': ReceiptsBody
  'access.ended': AccessEnded
  'org.changed': OrgChanged
}

export type EntryKind = keyof EntryBodies
