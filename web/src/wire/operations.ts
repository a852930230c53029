// Made by bin/generate from dianmai/wire. Edit the structs there.

import type { AccessEnded } from './access'
import type { Activate, CodeIssued, DeviceEnded, DeviceRegistered, Devices, EndDevice, EndSession, GetDevices, GetHere, GetMe, GetQuietHours, GetSessions, Here, IssueCode, IssuedCode, Me, QuietHours, RegisterDevice, RegisteredDevice, Sessions, SetQuietHours, SignIn, SignOut, SignedIn, Switch } from './accounts'
import type { Nothing } from './base'
import type { CardChangedBody, Press, PreviewedBody, SendCard } from './cards'
import type { Changed, Edit, EditedBody, GetFiles, GetHistory, GetMessages, GetReactions, GroupLineBody, HeldFiles, History, MessageBody, Messages, OpenDirect, Opened, React, ReactedBody, Reactions, Recall, RecalledBody, Send, Sent } from './chat'
import type { Arrange, ArrangedBody, Conversations, GetConversations } from './conversations'
import type { Days, GetDays } from './days'
import type { DraftedBody, Drafts, GetDrafts, KeepDraft, KeptDraft } from './drafts'
import type { Duties, DutiesSet, DutyHolders, DutySet, GetDuties, GetDutyHolders, SetDuties, SetDutyHolder } from './duties'
import type { Favour, FavouredBody, Favourites, GetFavourites } from './favourites'
import type { Forward } from './forwarding'
import type { AddPeople, EndGroup, GetGroup, GetGroups, GetMembers, GetUnitGroups, GroupCard, GroupChangedBody, Groups, LeaveGroup, MakeGroup, Members, RemovePerson, SetGroup, UnitGroups } from './groups'
import type { FindMentionable, GetMentions, Mentionable, Mentions } from './mentions'
import type { Board, Chase, Chased, ChasedBody, Confirm, DueBody, GetBoard, GetMissing, GetNotice, GetNotices, Missing, MyState, Notice, NoticeBody, Notices, Publish, Published, Read, ReceiptsBody, Receive, Received } from './notices'
import type { ApplyImport, AudiencePreview, Find, FindByCode, Found, FoundByCode, GetPerson, GetPolicies, GetPositions, GetUnit, ImportDone, ImportPlan, OrgChanged, PersonCard, PlanImport, PoliciesTold, PolicySet, Positions, PreviewAudience, SetPolicies, UnitPage } from './org'
import type { Pin, PinnedBody, Unpin } from './pins'
import type { Deliver, Delivered, GetReaders, Readers, Typing, Watch, Watched } from './readers'
import type { Hits, Search } from './search'
import type { CatchUp, CaughtUp, GetEntries, GotEntries, MarkRead, ReadMark } from './sync'

/** Every operation: what it is asked and what it answers. */
export interface Operations {
  'accounts.activate': { ask: Activate; answer: SignedIn }
  'accounts.devices': { ask: GetDevices; answer: Devices }
  'accounts.end_device': { ask: EndDevice; answer: Nothing }
  'accounts.end_session': { ask: EndSession; answer: Nothing }
  'accounts.here': { ask: GetHere; answer: Here }
  'accounts.issue_code': { ask: IssueCode; answer: IssuedCode }
  'accounts.me': { ask: GetMe; answer: Me }
  'accounts.quiet_hours': { ask: GetQuietHours; answer: QuietHours }
  'accounts.register_device': { ask: RegisterDevice; answer: RegisteredDevice }
  'accounts.sessions': { ask: GetSessions; answer: Sessions }
  'accounts.set_quiet_hours': { ask: SetQuietHours; answer: QuietHours }
  'accounts.sign_in': { ask: SignIn; answer: SignedIn }
  'accounts.sign_out': { ask: SignOut; answer: Nothing }
  'accounts.switch': { ask: Switch; answer: SignedIn }
  'chat.act': { ask: Press; answer: Changed }
  'chat.add_people': { ask: AddPeople; answer: Nothing }
  'chat.arrange': { ask: Arrange; answer: ArrangedBody }
  'chat.conversations': { ask: GetConversations; answer: Conversations }
  'chat.days': { ask: GetDays; answer: Days }
  'chat.draft': { ask: KeepDraft; answer: KeptDraft }
  'chat.drafts': { ask: GetDrafts; answer: Drafts }
  'chat.edit': { ask: Edit; answer: Changed }
  'chat.end_group': { ask: EndGroup; answer: Nothing }
  'chat.favour': { ask: Favour; answer: FavouredBody }
  'chat.favourites': { ask: GetFavourites; answer: Favourites }
  'chat.files': { ask: GetFiles; answer: HeldFiles }
  'chat.forward': { ask: Forward; answer: Nothing }
  'chat.group': { ask: GetGroup; answer: GroupCard }
  'chat.groups': { ask: GetGroups; answer: Groups }
  'chat.history': { ask: GetHistory; answer: History }
  'chat.leave_group': { ask: LeaveGroup; answer: Nothing }
  'chat.make_group': { ask: MakeGroup; answer: Opened }
  'chat.members': { ask: GetMembers; answer: Members }
  'chat.mentionable': { ask: FindMentionable; answer: Mentionable }
  'chat.mentions': { ask: GetMentions; answer: Mentions }
  'chat.messages': { ask: GetMessages; answer: Messages }
  'chat.open_direct': { ask: OpenDirect; answer: Opened }
  'chat.pin': { ask: Pin; answer: Changed }
  'chat.react': { ask: React; answer: Changed }
  'chat.reactions': { ask: GetReactions; answer: Reactions }
  'chat.readers': { ask: GetReaders; answer: Readers }
  'chat.recall': { ask: Recall; answer: Changed }
  'chat.receive': { ask: Deliver; answer: Delivered }
  'chat.remove_person': { ask: RemovePerson; answer: Nothing }
  'chat.send': { ask: Send; answer: Sent }
  'chat.send_card': { ask: SendCard; answer: Sent }
  'chat.set_group': { ask: SetGroup; answer: GroupCard }
  'chat.typing': { ask: Typing; answer: Nothing }
  'chat.unit_groups': { ask: GetUnitGroups; answer: UnitGroups }
  'chat.unpin': { ask: Unpin; answer: Changed }
  'chat.watch': { ask: Watch; answer: Watched }
  'notices.board': { ask: GetBoard; answer: Board }
  'notices.chase': { ask: Chase; answer: Chased }
  'notices.confirm': { ask: Confirm; answer: MyState }
  'notices.list': { ask: GetNotices; answer: Notices }
  'notices.missing': { ask: GetMissing; answer: Missing }
  'notices.open': { ask: GetNotice; answer: Notice }
  'notices.publish': { ask: Publish; answer: Published }
  'notices.read': { ask: Read; answer: MyState }
  'notices.receive': { ask: Receive; answer: Received }
  'org.apply_import': { ask: ApplyImport; answer: ImportDone }
  'org.by_code': { ask: FindByCode; answer: FoundByCode }
  'org.duties': { ask: GetDuties; answer: Duties }
  'org.duty_holders': { ask: GetDutyHolders; answer: DutyHolders }
  'org.find': { ask: Find; answer: Found }
  'org.person': { ask: GetPerson; answer: PersonCard }
  'org.plan_import': { ask: PlanImport; answer: ImportPlan }
  'org.policies': { ask: GetPolicies; answer: PoliciesTold }
  'org.positions': { ask: GetPositions; answer: Positions }
  'org.preview_audience': { ask: PreviewAudience; answer: AudiencePreview }
  'org.set_duties': { ask: SetDuties; answer: Duties }
  'org.set_duty_holder': { ask: SetDutyHolder; answer: DutyHolders }
  'org.set_policies': { ask: SetPolicies; answer: PoliciesTold }
  'org.unit': { ask: GetUnit; answer: UnitPage }
  'search.find': { ask: Search; answer: Hits }
  'sync.catch_up': { ask: CatchUp; answer: CaughtUp }
  'sync.entries': { ask: GetEntries; answer: GotEntries }
  'sync.read': { ask: MarkRead; answer: ReadMark }
}

export type OperationName = keyof Operations

/** Operations that change something and therefore carry a nonce. */
export const CHANGING: ReadonlySet<OperationName> = new Set<OperationName>([
  'accounts.activate',
  'accounts.end_device',
  'accounts.end_session',
  'accounts.issue_code',
  'accounts.register_device',
  'accounts.set_quiet_hours',
  'accounts.sign_in',
  'accounts.sign_out',
  'accounts.switch',
  'chat.act',
  'chat.add_people',
  'chat.arrange',
  'chat.draft',
  'chat.edit',
  'chat.end_group',
  'chat.favour',
  'chat.forward',
  'chat.leave_group',
  'chat.make_group',
  'chat.open_direct',
  'chat.pin',
  'chat.react',
  'chat.recall',
  'chat.receive',
  'chat.remove_person',
  'chat.send',
  'chat.send_card',
  'chat.set_group',
  'chat.unpin',
  'notices.chase',
  'notices.confirm',
  'notices.publish',
  'notices.read',
  'notices.receive',
  'org.apply_import',
  'org.set_duties',
  'org.set_duty_holder',
  'org.set_policies',
  'sync.read',
])

/** What the entries of each known kind carry. */
export interface EntryBodies {
  'access.ended': AccessEnded
  'chat.arranged': ArrangedBody
  'chat.card_changed': CardChangedBody
  'chat.drafted': DraftedBody
  'chat.edited': EditedBody
  'chat.favoured': FavouredBody
  'chat.message': MessageBody
  'chat.pinned': PinnedBody
  'chat.previewed': PreviewedBody
  'chat.reacted': ReactedBody
  'chat.recalled': RecalledBody
  'code.issued': CodeIssued
  'device.ended': DeviceEnded
  'device.registered': DeviceRegistered
  'group.changed': GroupChangedBody
  'group.members': GroupLineBody
  'notice.chased': ChasedBody
  'notice.due': DueBody
  'notice.published': NoticeBody
  'notice.receipts': ReceiptsBody
  'org.changed': OrgChanged
  'org.duties_set': DutiesSet
  'org.duty_set': DutySet
  'org.policy_set': PolicySet
  'quiet.set': QuietHours
}

export type EntryKind = keyof EntryBodies

/** Kinds in streams people hear. */
export const HEARD: readonly EntryKind[] = ['chat.arranged', 'chat.card_changed', 'chat.drafted', 'chat.edited', 'chat.favoured', 'chat.message', 'chat.pinned', 'chat.previewed', 'chat.reacted', 'chat.recalled', 'group.changed', 'group.members', 'notice.chased', 'notice.published', 'quiet.set']
