import { expect, test } from 'vitest'
import { reducers } from '../src/app/features'
import { HEARD } from '../src/wire'

test('every kind that people hear has a reducer', () => {
  expect(HEARD.filter((kind) => !(kind in reducers))).toEqual([])
})
