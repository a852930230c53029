import { describe, expect, it } from 'vitest'
import { asImage, spelled } from '../../src/people/codes'
import { cut, inOrder, reason, remembered } from '../../src/people/finding'

const li = { person: { id: 1, name: '李雷' }, why: 'name' }
const store = { id: 7, kind: 'store' as const, name: '南京路店', code: 'S0017' }

describe('what is found', () => {
  it('shows people first, unless a store was named outright', () => {
    const found = { people: [li], units: [store] }
    expect(inOrder(found, '南京').map((hit) => hit.key)).toEqual(['p1', 'u7'])
    expect(inOrder(found, ' s0017 ').map((hit) => hit.key)).toEqual(['u7', 'p1'])
  })

  it('shows a store above those who only work there', () => {
    const yang = { person: { id: 2, name: '杨帆', unit: '南京路店' }, why: 'store' }
    expect(inOrder({ people: [yang, li], units: [store] }, 'njl').map((hit) => hit.key)).toEqual(['p1', 'u7', 'p2'])
  })

  it('shows where the typed text stands', () => {
    expect(cut('南京路店', '京路')).toEqual(['南', '京路', '店'])
    expect(cut('李雷', 'll')).toEqual(['李雷', '', ''])
  })

  it('says why, except by name or for a reason it has no words for', () => {
    expect(reason('pinyin')).toBe('pinyin')
    expect(reason('name')).toBeNull()
    expect(reason('aura')).toBeNull()
  })

  it('remembers the last eight, each once', () => {
    const many = Array.from({ length: 12 }, (_, id) => ({ id, name: `同事 ${id}` }))
    const kept = many.reduce(remembered, [])
    expect(kept.map((one) => one.id)).toEqual([11, 10, 9, 8, 7, 6, 5, 4])
    expect(remembered(kept, many[6]!)[0]!.id).toBe(6)
    expect(remembered(kept, many[6]!)).toHaveLength(8)
  })
})

describe('an activation code', () => {
  it('is spelled in groups, unless it comes in groups', () => {
    expect(spelled('ABCD2345')).toBe('ABCD 2345')
    expect(spelled('ABCD-2345')).toBe('ABCD-2345')
  })

  it('is a picture that cannot run anything', () => {
    expect(asImage('<svg onload="x">#')).toBe('data:image/svg+xml;charset=utf-8,%3Csvg%20onload%3D%22x%22%3E%23')
  })
})
