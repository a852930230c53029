import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { markdownHtml } from '../../src/notices/markdown'

describe('the small markdown', () => {
  it.each([
    ['**停售** *今天*', '<p><strong>停售</strong> <em>今天</em></p>'],
    ['## 做什么\n- 下架\n- 封存', '<h2>做什么</h2><ul><li>下架</li><li>封存</li></ul>'],
    ['1. 一\n2. 二', '<ol><li>一</li><li>二</li></ol>'],
    ['> 引用', '<blockquote><p>引用</p></blockquote>'],
    ['上\n下', '<p>上<br>下</p>'],
    ['[表](https://a.cn/b)', '<p><a href="https://a.cn/b">表</a></p>'],
    ['---', '<hr>'],
  ])('%s', (text, html) => expect(markdownHtml(text)).toBe(html))

  it('leads nowhere but to the web', () => {
    expect(markdownHtml('[x](javascript:alert(1))')).not.toContain('<a')
  })

  it('lets nothing typed become markup', () => {
    const tag = /<(?!\/?(?:p|br|strong|em|ul|ol|li|h[1-3]|blockquote|hr|a)\b)/
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => !tag.test(markdownHtml(text))))
    const quote = markdownHtml('[a](https://x.cn/"onmouseover="alert(1))')
    expect(quote).not.toMatch(/"onmouseover/)
    expect(markdownHtml('<img src=x onerror=alert(1)>')).not.toContain('<img')
  })
})
