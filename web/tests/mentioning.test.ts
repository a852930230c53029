import { describe, expect, it } from 'vitest'
import { mentions, mentionsIn, picksFrom } from '../src/chat/mentioning'
import { named } from '../src/chat/named'
import { piecesOf } from '../src/text/pieces'
import type { Mention } from '../src/wire'

const xu = { label: '@许诺', person: 7 }
const long = { label: '@许诺言', person: 8 }
const all = { label: '@所有人', person: null }
const equipment = { label: '@设备负责人', person: null, duty: 1 }
const clerks = { label: '@店员', person: null, position: 'clerk' }

describe('where chosen names stand in a text', () => {
  it('counts code points, so that every reader finds the same place', () => {
    expect(mentionsIn('🎉🎉@许诺 早', [xu])).toEqual([{ at: 2, length: 3, person: 7 }])
    expect(mentionsIn('@所有人 开会', [all])).toEqual([{ at: 0, length: 4, everyone: true }])
  })

  it('keeps of an edited message what still stands in it', () => {
    const said = { text: '🎉@许诺 @所有人 早', mentions: [{ at: 1, length: 3, people: [{ id: 7, name: '许诺' }] }, { at: 5, length: 4, of: 'everyone' as const }] }
    expect(picksFrom(said)).toEqual([xu, all])
    expect(mentionsIn('@所有人 早，@许诺', picksFrom(said))).toEqual([
      { at: 0, length: 4, everyone: true },
      { at: 7, length: 3, person: 7 },
    ])
    expect(mentionsIn('都早', picksFrom(said))).toEqual([])
  })

  it('means the longest name that fits, and nobody where the name was rewritten', () => {
    expect(mentionsIn('@许诺言 和 @许诺', [xu, long])).toEqual([
      { at: 0, length: 4, person: 8 },
      { at: 7, length: 3, person: 7 },
    ])
    expect(mentionsIn('@许 诺', [xu])).toEqual([])
    expect(mentionsIn('许诺', [xu])).toEqual([])
  })

  it('asks for duties and positions by what they are, and finds them again in what is edited', () => {
    expect(mentionsIn('@设备负责人 和 @店员', [equipment, clerks])).toEqual([
      { at: 0, length: 6, duty: 1 },
      { at: 9, length: 3, position: 'clerk' },
    ])
    const said = {
      text: '@设备负责人 和 @店员',
      mentions: [
        { at: 0, length: 6, duty: 1, people: [{ id: 7, name: '许诺' }] },
        { at: 9, length: 3, position: 'clerk', people: [{ id: 7, name: '许诺' }, { id: 8, name: '马丽娜' }] },
      ],
    }
    expect(picksFrom(said)).toEqual([equipment, clerks])
  })

  it('keeps two people of one name apart by the order in which they were chosen', () => {
    const other = { label: '@许诺', person: 9 }
    expect(mentionsIn('@许诺 @许诺', [xu, other]).map((one) => one.person)).toEqual([7, 9])
  })
})

describe('a message with mentions', () => {
  it('is cut where they stand, and links in between stay links', () => {
    const text = '👋@许诺 看 https://dianmai.example 再@所有人'
    const meant: Mention[] = [
      { at: 1, length: 3, people: [{ id: 7, name: '许诺' }] },
      { at: [...text].length - 4, length: 4, of: 'everyone' },
    ]
    const { text: placed, names } = named({ text, mentions: meant }, 7)
    const pieces = piecesOf(placed, names)
    expect(pieces.map((piece) => (piece.kind === 'name' ? piece.named.text : piece.text)).join('')).toBe(text)
    expect(pieces.flatMap((piece) => (piece.kind === 'name' ? [piece.named] : []))).toEqual([
      { text: '@许诺', person: 7, mine: true },
      { text: '@所有人', person: null, mine: true },
    ])
    expect(pieces.some((piece) => piece.kind === 'link' && piece.text === 'https://dianmai.example')).toBe(true)
  })

  it('says who was meant by a duty or a position, and means each of them', () => {
    const people = [{ id: 7, name: '许诺' }, { id: 8, name: '马丽娜' }]
    const said = { text: '@店员@设备负责人', mentions: [{ at: 0, length: 3, position: 'clerk', people }, { at: 3, length: 6, duty: 1, people: people.slice(0, 1) }] }
    expect(named(said, 8).names).toEqual([
      { text: '@店员', person: 0, mine: true, people },
      { text: '@设备负责人', person: 7, mine: false, people: people.slice(0, 1) },
    ])
    expect(mentions(said, 8)).toBe(true)
    expect(named({ text: '@设备负责人', mentions: [{ at: 0, length: 6, duty: 1 }] }, 8).names).toEqual([
      { text: '@设备负责人', person: 0, mine: false, people: [] },
    ])
  })

  it('passes over places that the text does not have', () => {
    const { text, names } = named({ text: '早', mentions: [{ at: 4, length: 3 }] }, 7)
    expect(piecesOf(text, names)).toEqual([{ kind: 'plain', text: '早' }])
  })

  it('means somebody by name or with everyone', () => {
    expect(mentions({ mentions: [{ at: 0, length: 3, people: [{ id: 7, name: '许诺' }] }] }, 7)).toBe(true)
    expect(mentions({ mentions: [{ at: 0, length: 3, people: [{ id: 7, name: '许诺' }] }] }, 8)).toBe(false)
    expect(mentions({ mentions: [{ at: 0, length: 4, of: 'everyone' }] }, 8)).toBe(true)
    expect(mentions({ text: '@许诺' }, 7)).toBe(false)
  })
})
