import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wordsOf } from '../../src/text/bare'
import { blocksOf, usesMarks, type Block } from '../../src/text/blocks'
import { spansOf, type Span } from '../../src/text/marks'
import { withNames } from '../../src/text/places'

/** A tree as one writes it down shortly. */
function short(block: Block): unknown {
  switch (block.type) {
    case 'heading':
      return { [`h${block.level}`]: looks(block.spans) }
    case 'paragraph':
      return looks(block.spans)
    case 'quote':
      return { quote: block.blocks.map(short) }
    case 'list':
      return { [block.ordered ? `ol${block.start}` : 'ul']: block.items.map(({ spans, below }) => (below.length ? [looks(spans), ...below.map(short)] : looks(spans))) }
    case 'code':
      return { code: block.text }
    case 'table':
      return { head: block.head.map(looks), rows: block.rows.map((row) => row.map(looks)) }
    default:
      return '----'
  }
}

function looks(spans: readonly Span[]): string {
  const signs = { bold: 'b', slant: 'i', struck: 's' }
  return spans
    .map((span) => {
      if (span.type === 'text') return span.text
      if (span.type === 'break') return '/'
      if (span.type === 'code') return `{${span.text}}`
      if (span.type === 'link') return `<${looks(span.spans)}→${span.href}${span.host ? `!${span.host}` : ''}>`
      return `${signs[span.type]}(${looks(span.spans)})`
    })
    .join('')
}

describe('blocks', () => {
  it.each([
    ['一\n二\n\n三', ['一/二', '三']],
    ['# 一\n### 二\n###### 三', [{ h1: '一' }, { h3: '二' }, { h3: '三' }]],
    ['#话题\n#', ['#话题/#']],
    ['- 一\n- 二\n* 三', [{ ul: ['一', '二', '三'] }]],
    ['1. 一\n2) 二', [{ ol1: ['一', '二'] }]],
    ['3、一\n4、二', [{ ol3: ['一', '二'] }]],
    ['1）先关火\n2）再报备', [{ ol1: ['先关火', '再报备'] }]],
    ['- 一\n  - 一之一\n  - 一之二\n- 二', [{ ul: [['一', { ul: ['一之一', '一之二'] }], '二'] }]],
    ['1. 一\n\n2. 二', [{ ol1: ['一', '二'] }]],
    ['- 一\n1. 二', [{ ul: ['一'] }, { ol1: ['二'] }]],
    ['> 一\n> - 二', [{ quote: ['一', { ul: ['二'] }] }]],
    ['上\n---\n下', ['上', '----', '下']],
    ['```\n# 不是标题\n```\n后', [{ code: '# 不是标题' }, '后']],
    ['```\n没有结束', [{ code: '没有结束' }]],
    ['| 商品 | 价 |\n|---|---:|\n| 牛奶 | **8.2** |\n| 面包 |', [{ head: ['商品', '价'], rows: [['牛奶', 'b(8.2)'], ['面包', '']] }]],
    ['a | b\n下一行', ['a | b/下一行']],
    ['1.5 元', ['1.5 元']],
    ['-5 度', ['-5 度']],
  ])('%s', (text, tree) => expect(blocksOf(text).map(short)).toEqual(tree))
})

describe('the looks within a line', () => {
  it.each([
    ['**停售** *今天*', 'b(停售) i(今天)'],
    ['**注意：**先关火', 'b(注意：)先关火'],
    ['***都要***', 'b(i(都要))'],
    ['~~8.2~~ 7.9', 's(8.2) 7.9'],
    ['**一 *二* 三**', 'b(一 i(二) 三)'],
    ['**一 *二** 三*', 'b(一 *二) 三*'],
    ['2*3*4 和 5 * 6', '2*3*4 和 5 * 6'],
    ['** 不是**', '** 不是**'],
    ['****', '****'],
    ['没有**结束', '没有**结束'],
    ['`a*b*` 和 `', '{a*b*} 和 `'],
    ['\\*不斜\\*', '*不斜*'],
    ['[表](https://a.cn/b)', '<表→https://a.cn/b!a.cn>'],
    ['[a.cn](https://a.cn/b)', '<a.cn→https://a.cn/b>'],
    ['[a.cn](https://evil.cn/)', '<a.cn→https://evil.cn/!evil.cn>'],
    ['![图](https://a.cn/b.png)', '!<图→https://a.cn/b.png!a.cn>'],
    ['[x](javascript:alert(1))', '[x](javascript:alert(1))'],
    ['[x](data:text/html,y)', '[x](data:text/html,y)'],
    ['[x](//evil.cn)', '[x](//evil.cn)'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    ['https://a.cn/x_*b*_c', 'https://a.cn/x_*b*_c'],
  ])('%s', (text, tree) => expect(looks(spansOf(text))).toBe(tree))
})

describe('tables', () => {
  const cellsIn = (text: string): number =>
    blocksOf(text).reduce((sum, block) => sum + (block.type === 'table' ? block.head.length + block.rows.flat().length : 0), 0)
  const twelve = `${'|a'.repeat(12)}|\n${'|-'.repeat(12)}|\n`

  it('have no row where nothing is written', () => expect(cellsIn(twelve + '|\n'.repeat(4_900))).toBe(12))

  it.each([['one', 1], ['many', 40]])('have no more cells than can be shown, in %s', (_, count) => {
    const text = `${twelve}${'|b\n'.repeat(400)}\n`.repeat(count)
    expect(cellsIn(text)).toBe(600)
    expect(JSON.stringify(blocksOf(text)).split('b').length - 1).toBeGreaterThanOrEqual(400 * count)
  })
})

describe('labels of links', () => {
  it.each([
    ['[\u202e工商银行](https://moc.cbci.evil.cn)', '<工商银行→https://moc.cbci.evil.cn/!moc.cbci.evil.cn>'],
    ['[\u2066\u200eb\u061c](https://a.cn)', '<b→https://a.cn/!a.cn>'],
    ['[\u202e](https://a.cn)', '[\u202e](https://a.cn)'],
    ['[李](https://a.cn/\ue000)', '[李](https://a.cn/\ue000)'],
  ])('turn no letters, and their addresses hold no name: %j', (text, tree) => expect(looks(spansOf(text))).toBe(tree))

  it('and code show names as words', () => {
    const names = [{ text: '@李明' }]
    expect(withNames('问\ue000，\ue001', names)).toBe('问@李明，\ue001')
    expect(withNames('问\ue000')).toBe('问\ue000')
  })
})

describe('a text with marks', () => {
  it.each([
    ['早上好', false],
    ['1. 一\n2. 二', false],
    ['价格 3*4*5', false],
    ['# 周一调价', true],
    ['**停售**', true],
    ['- 一\n- 二', true],
    ['> 引用', true],
  ])('is told from a plain one: %s', (text, marked) => expect(usesMarks(text)).toBe(marked))

  it.each([
    ['# 一\n\n> 二 *三*\n1. 四\n- [五](https://a.cn)\n```\n六\n```\n---', '一 二 三 四 五 六'],
    ['**注意：**~~8.2~~ 3*4', '注意：8.2 3*4'],
    ['| 商品 | 价 |\n|---|---:|\n| 牛奶 | 8.2 |', '商品 价 牛奶 8.2'],
    ['1、先关火\n2）报备', '先关火 报备'],
    ['-5 度，1.5 元', '-5 度，1.5 元'],
  ])('reads as words: %s', (text, words) => expect(wordsOf(text)).toBe(words))

  it('loses no letter, shown or read as words', () => {
    const parts = fc.constantFrom('店', '长', ' ', '\n', '**', '*', '~~', '`', '[', ']', '(', ')', '# ', '- ', '1. ', '> ', '---', '\\', 'https://a.cn', '  ')
    const count = (words: string): number => [...words].filter((letter) => letter === '店' || letter === '长').length
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 60 }), (given) => {
        const text = given.join('')
        // The address of a link and what stands behind the sign of a code are not words.
        if (text.includes('](') || text.includes('```')) return
        expect(count(wordsOf(text))).toBe(count(text))
        expect(count(JSON.stringify(blocksOf(text).map(short)))).toBe(count(text))
      }),
    )
  })

  it('is quickly read, whatever it is made of', () => {
    const evil = ['[', '*a_ ', '>', '> ', '**', '*', '~~a', '`', '`a', '- ', '  - a\n', '1. a\n', '# ', '|', '|-', '|-|\n', '[a](', '[a](https://', '***', '\\', '![', '```\n', '> - 1. ', 'https://[', '\n', '- a\n\n']
    for (const one of evil) {
      const text = one.repeat(Math.ceil(20_000 / one.length))
      const begun = performance.now()
      blocksOf(text)
      usesMarks(text)
      wordsOf(text)
      expect(performance.now() - begun, one).toBeLessThan(500)
    }
  })
})
