// A small chain for looking at screens: people, conversations and what was said. The real server has its own world.
const person = (id, name, title, unit) => ({ id, name, title, unit })

export const people = [
  person(1, '陈静', '店长', '南京路店'),
  person(2, '李娜', '店员', '南京路店'),
  person(3, '王建国', '区域经理', '华东区'),
  person(4, '赵敏', '陈列主管', '总部'),
  person(5, '欧阳文静', '店长', '淮海中路环贸旗舰店'),
  person(6, 'Grace Liu', '收银', '南京路店'),
  person(7, '孙伟', '店员', '南京路店'),
]
export const names = new Map(people.map((one) => [one.id, one]))

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export const streams = new Map()

export function say(stream, actor, body, at = Date.now(), nonce = null, kind = 'chat.message') {
  const one = streams.get(stream)
  const seq = one.entries.length + 1
  const no = kind === 'chat.message' ? (one.no += 1) : undefined
  const entry = { stream, seq, at, actor, kind, body, ...(no ? { no } : {}), ...(nonce ? { nonce } : {}) }
  one.entries.push(entry)
  return entry
}

function room(stream, kind, title, members, unread, lines) {
  streams.set(stream, { stream, kind, title, members, entries: [], no: 0, read: 0 })
  for (const [actor, body, ago, entryKind] of lines) {
    say(stream, actor, typeof body === 'string' ? { text: body } : body, Date.now() - ago, null, entryKind)
  }
  streams.get(stream).read = streams.get(stream).no - unread
}

const chatter = ['早上好', '到货了吗？', '到了，正在点数', '少两箱牛奶，已经拍照', '收到，我跟仓库说', '好的', '下午盘点记得叫上小孙', '今天排班改了，孙伟晚班', '明白']

room('chat:1', 'group', '南京路店', [1, 2, 6, 7], 3, [
  ...Array.from({ length: 240 }, (_, at) => [[2, 1, 7, 6][at % 4], `${chatter[at % chatter.length]}（${at + 1}）`, (260 - at) * 40 * MINUTE]),
  [0, { joined: [names.get(7)], joined_count: 1, reason: '调入南京路店' }, 3 * HOUR, 'group.members'],
  [2, '门口的堆头换成中秋礼盒了，照片在下面', 2 * HOUR],
  [2, { text: '', pictures: [picture('p1', 1200, 900)] }, 2 * HOUR - 20_000],
  [1, '收到，价签再核对一遍，会员价是 168，不是 186。', 100 * MINUTE],
  [7, { text: '价签已换', pictures: [picture('p2', 900, 1200), picture('p3', 1200, 900), picture('p4', 1000, 1000)] }, 50 * MINUTE],
  [6, '收银台二号机打印纸只剩一卷了，谁去库房拿一下？顺便看看这个：https://intranet.example.cn/guide/till?id=12。', 12 * MINUTE],
  [7, '我去', 11 * MINUTE],
])
room('chat:2', 'direct', '李娜', [1, 2], 1, [[2, '店长，我明天想调个班，可以吗？', 30 * MINUTE]])
room('chat:3', 'direct', '王建国', [1, 3], 0, [
  [3, '周末促销的备货到了没有？', DAY + 2 * HOUR],
  [1, '到了八成，剩下的今晚到。', DAY + HOUR],
])
room('chat:4', 'group', '华东区店长群', Array.from({ length: 128 }, (_, at) => at + 1), 120, [
  ...Array.from({ length: 160 }, (_, at) => [[3, 5][at % 2], `各店请报今日客流（第 ${at + 1} 次）`, (170 - at) * 10 * MINUTE + 2 * DAY]),
])
room('chat:5', 'direct', '欧阳文静', [1, 5], 0, [[5, '我们店的冷柜也坏过，找的是这个师傅，电话我发你，报修的时候记得说是保修期内，不然要收上门费。', 4 * DAY]])
room('chat:6', 'group', '中秋国庆双节促销筹备与门店物料协调工作群', [1, 3, 4, 5], 0, [[4, { text: '', pictures: [picture('p5', 1600, 900), picture('p6', 1600, 900)] }, 40 * DAY]])
streams.set('person:1', { stream: 'person:1', kind: 'person', title: '', members: [1], entries: [], no: 0, read: 0 })

export function picture(id, width, height) {
  return { id, name: `${id}.svg`, kind: 'picture', media_type: 'image/svg+xml', size: 1000, width, height }
}

export const me = {
  person: {
    id: 1,
    name: '陈静',
    employee_no: 'E1001',
    phone: '138 0000 1001',
    positions: [{ position: 'store_manager', title: '店长', unit: 11, line: ['云岭百货', '华东区', '南京路店'] }],
    state: 'active',
  },
  credential: 1,
  rights: { issue_codes: [11] },
  modules: ['chat', 'notices', 'people'],
}
