import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linkAt, safeLink } from '../../src/text/links'
import { piecesOf, withPlaces, type Piece } from '../../src/text/pieces'

/** What can be pressed: [link|phone|code, as written, where it leads]. */
function pressed(text: string): string[][] {
  return piecesOf(text).flatMap((piece) => {
    if (piece.kind === 'link') return [['link', piece.text, piece.host ?? '']]
    if (piece.kind === 'phone') return [['phone', piece.text, piece.number]]
    return piece.kind === 'code' ? [['code', piece.text]] : []
  })
}

const written = (piece: Piece): string => (piece.kind === 'name' ? piece.named.text : piece.text)

describe('addresses', () => {
  it.each([
    ['看 https://a.cn/b?c=1#d。谢谢', 'https://a.cn/b?c=1#d'],
    ['见https://a.cn，别忘了', 'https://a.cn'],
    ['(https://a.cn/b)', 'https://a.cn/b'],
    ['（https://a.cn/b）', 'https://a.cn/b'],
    ['https://a.cn/wiki/店_(零售).', 'https://a.cn/wiki/店_(零售)'],
    ['“https://a.cn/b!”', 'https://a.cn/b'],
    ['HTTPS://A.CN/b', 'HTTPS://A.CN/b'],
    ['http://192.168.1.4:8080/x', 'http://192.168.1.4:8080/x'],
    ['**https://a.cn/b**', 'https://a.cn/b'],
  ])('%s', (text, link) => expect(pressed(text)).toEqual([['link', link, '']]))

  it.each(['javascript:alert(1)', 'data:text/html,<b>x</b>', 'vbscript:x', 'file:///etc/passwd', 'https://', 'http:// a.cn', 'xhttps://a.cn', 'https:/a.cn', 'ftp://a.cn'])(
    'leads nowhere: %s',
    (text) => expect(pressed(text)).toEqual([]),
  )

  it.each([
    ['https://bank.cn@evil.cn/login', 'evil.cn'],
    ['https://bank.cn:pay@evil.cn', 'evil.cn'],
    ['https://аpple.com/x', 'xn--pple-43d.com'],
    ['https://a.cn\\@evil.cn', 'a.cn'],
  ])('says where it really leads: %s', (text, host) => expect(pressed(text)).toEqual([['link', text, host]]))

  it.each([
    ['https://a.cn\u202e/nc.knab', 'https://a.cn'],
    ['\u2067https://a.cn/b\u2069', 'https://a.cn/b'],
    ['https://a.cn/\u200fb', 'https://a.cn/'],
    ['https://a.cn/b\ue000', 'https://a.cn/b'],
  ])('holds nothing that turns letters, and no name: %j', (text, link) => expect(pressed(text)).toEqual([['link', link, '']]))

  it('is not pressed where only a part of it could be', () => {
    const long = (letters: number): string => 'https://a.cn/'.padEnd(letters, 'x')
    expect(pressed(`看 ${long(2_000)} 谢谢`)).toEqual([['link', long(2_000), '']])
    expect(pressed(`看 ${long(2_001)} 谢谢`)).toEqual([])
    expect(linkAt(long(9_000), 0)).toEqual({ length: 9_000 })
  })

  it('is never anything but http or https, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.constantFrom('', 'https://', 'javascript:', 'HTTP://x@'), (text, before) => {
        for (const piece of piecesOf(before + text)) if (piece.kind === 'link') expect(piece.href).toMatch(/^https?:\/\/[^/]/)
        const link = safeLink(before + text)
        if (link) expect(link.href).toMatch(/^https?:\/\/[^/]/)
        expect(linkAt(text, 0)?.length ?? 1).toBeGreaterThan(0)
      }),
    )
  })
})

describe('phone numbers', () => {
  it.each([
    ['打13800138000找我', '13800138000', '13800138000'],
    ['138 0013 8000', '138 0013 8000', '13800138000'],
    ['138-0013-8000', '138-0013-8000', '13800138000'],
    ['+86 138 0013 8000', '+86 138 0013 8000', '+8613800138000'],
    ['8613800138000', '8613800138000', '+8613800138000'],
    ['电话：021-62345678。', '021-62345678', '02162345678'],
    ['(021)62345678', '(021)62345678', '02162345678'],
    ['（0571）8765 4321', '（0571）8765 4321', '057187654321'],
    ['0571-8765432', '0571-8765432', '05718765432'],
    ['021-62345678-803', '021-62345678-803', '02162345678,803'],
    ['021-62345678转803', '021-62345678转803', '02162345678,803'],
    ['客服400-820-8820', '400-820-8820', '4008208820'],
    ['4008208820', '4008208820', '4008208820'],
    ['800 810 1234', '800 810 1234', '8008101234'],
    ['400-8208-820', '400-8208-820', '4008208820'],
  ])('%s', (text, said, number) => expect(pressed(text)).toEqual([['phone', said, number]]))

  it.each([
    '1380013800', // ten digits
    '138001380001', // twelve
    '6901234567892', // on a package
    '110101199003071234', // an identity
    '2026-11-23',
    '9:30',
    '12800138000', // no mobile begins so
    'X13800138000',
    '订单138001380009876',
    '1.13800138000',
    '3.1415926535',
    '021-6234',
    '192.168.1.100',
  ])('is none: %s', (text) => expect(pressed(text).filter(([kind]) => kind === 'phone')).toEqual([]))
})

describe('codes of stores and people', () => {
  it.each([
    ['SH001今天盘点', ['SH001']],
    ['请 sh001、HZ001 补货', ['sh001', 'HZ001']],
    ['A00012 调到 GZ001。', ['A00012', 'GZ001']],
    ['(SH001)', ['SH001']],
    ['SH001，SH002', ['SH001', 'SH002']],
    ['XSH001-2', []],
    ['v-SH001', []],
    ['SH1', []],
    ['SHANGHAI001', []],
    ['SH123456789', []],
    ['1200', []],
    ['H264x', []],
    ['a@b.cn', []],
    ['/SH001', []],
  ])('%s', (text, codes) => expect(pressed(text).map(([, code]) => code)).toEqual(codes))
})

describe('many codes', () => {
  it('are looked up no further than fifty to a text', () => {
    const text = Array.from({ length: 60 }, (_, at) => `SH${100 + at}`).join(' ')
    expect(pressed(text).map(([, code]) => code)).toEqual(text.split(' ').slice(0, 50))
    expect(piecesOf(text).map(written).join('')).toBe(text)
  })
})

describe('a text in pieces', () => {
  it('is the same text', () => {
    const alphabet = fc.constantFrom(...'h', 'https://', 'a.cn', '1', '138', '0013', '8000', '021-', '(', ')', 'SH', '001', '店', ' ', '。', '\n', '@', '😀', '+86')
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 40 }), (parts) => {
        const text = parts.join('')
        expect(piecesOf(text).map(written).join('')).toBe(text)
      }),
    )
  })

  it('is quickly taken apart, whatever it is made of', () => {
    const evil = ['h', 'http://', 'http://[', 'https://a(', '1', '13', '0', '(0', '021-', '+86', '400-', 'S0', 'SH001-', 'a1', '((((', '🙂', '.', '\ue000']
    for (const one of evil) {
      const text = one.repeat(Math.ceil(50_000 / one.length))
      const begun = performance.now()
      piecesOf(text)
      expect(performance.now() - begun, one).toBeLessThan(500)
    }
  })

  it('has its names where they stand, in code points, between everything else', () => {
    const said = '😀 @李明 请回 13800138000，@所有人 看'
    const { text, named } = withPlaces(said, [
      { at: 2, length: 3 },
      { at: 21, length: 4 },
    ])
    expect(named).toEqual(['@李明', '@所有人'])
    const names = named.map((name, at) => ({ text: name, person: at ? null : 7, mine: false }))
    const pieces = piecesOf(text, names)
    expect(pieces.map(written).join('')).toBe(said)
    expect(pieces.flatMap((piece) => (piece.kind === 'name' ? [piece.named.person] : []))).toEqual([7, null])
  })

  it('takes names that cannot stand there for words', () => {
    const { text, named } = withPlaces('@李明', [
      { at: 0, length: 3 },
      { at: 1, length: 2 },
      { at: 2, length: 9 },
    ])
    expect(named).toEqual(['@李明', '', ''])
    expect(piecesOf(text, named.map((name) => ({ text: name, person: 1, mine: false }))).map(written)).toEqual(['@李明'])
    expect(piecesOf('\ue000').map(written)).toEqual(['\ue000'])
  })
})
