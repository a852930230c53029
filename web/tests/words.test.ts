import { describe, expect, it } from 'vitest'
import { addWords, i18n, say, speak, type Words } from '../src/kit/i18n'

const source = (zh: Words, en: Words) => ({ 'zh-CN': async () => ({ default: zh }), en: async () => ({ default: en }) })

describe('the words', () => {
  it('fill their places and count, in the language in use', async () => {
    addWords({
      shop: source(
        { open: '{name}开门了', left: { hours: '还剩 {count} 小时' } },
        { open: '{name} is open', left: { hours: '{count} hour left | {count} hours left' } },
      ),
    })
    await speak('zh-CN')
    expect(say('shop.open', { name: '南京路店' })).toBe('南京路店开门了')
    expect(say('shop.left.hours', { count: 2 }, 2)).toBe('还剩 2 小时')
    await speak('en')
    expect(i18n.global.locale.value).toBe('en')
    expect(say('shop.open', { name: 'Nanjing Road' })).toBe('Nanjing Road is open')
    expect([0, 1, 2].map((count) => say('shop.left.hours', { count }, count))).toEqual([
      '0 hours left',
      '1 hour left',
      '2 hours left',
    ])
    expect(say('shop.left.hours', { count: 1 })).toBe('1 hour left')
  })

  it('show what a person wrote as it is, whatever it looks like', async () => {
    await speak('en')
    expect(say('shop.open', { name: '{name} | @:shop <b>' })).toBe('{name} | @:shop <b> is open')
  })
})
