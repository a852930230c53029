import { describe, expect, it } from 'vitest'
import { kindOf, mayPress, styleOf, waitsFor } from '../src/chat/cards/pressing'
import type { CardButton } from '../src/wire'

const ME = 1
const HER = 2
const AUTHOR = 3

function button(id: string, more: Partial<CardButton> = {}): CardButton {
  return { id, label: id, ...more }
}

describe('a card', () => {
  it('is for whom its buttons name', () => {
    expect(mayPress(button('a'), AUTHOR, ME)).toBe(true)
    expect(mayPress(button('a', { by: 'author' }), AUTHOR, ME)).toBe(false)
    expect(mayPress(button('a', { by: 'author' }), ME, ME)).toBe(true)
    expect(mayPress(button('a', { by: 'named', people: [HER] }), AUTHOR, ME)).toBe(false)
    expect(mayPress(button('a', { by: 'named', people: [HER, ME] }), AUTHOR, ME)).toBe(true)
    expect(mayPress(button('a', { by: 'named' }), AUTHOR, ME)).toBe(false)
  })

  it('shows what a later version says in the plainest way, and lets nobody press what it does not understand', () => {
    expect(kindOf('hologram')).toBe('plain')
    expect(kindOf(undefined)).toBe('plain')
    expect(kindOf('urgent')).toBe('urgent')
    expect(styleOf('glowing')).toBe('plain')
    expect(styleOf('primary')).toBe('main')
    expect(mayPress(button('a', { by: 'on_duty' }), ME, ME)).toBe(false)
  })

  it('says who is waited for, where it is not me', () => {
    const hers = button('yes', { by: 'named', people: [HER] })
    const no = button('no', { by: 'named', people: [HER] })
    expect(waitsFor([hers, no], [], AUTHOR)).toEqual([HER])
    expect(waitsFor([button('undo', { by: 'author' })], [], AUTHOR)).toEqual([AUTHOR])
    expect(waitsFor([hers, button('mine')], [button('mine')], AUTHOR)).toBeNull()
    expect(waitsFor([button('seen', { once: false })], [], AUTHOR)).toBeNull()
    expect(waitsFor([button('later', { by: 'on_duty' })], [], AUTHOR)).toBeNull()
  })
})
