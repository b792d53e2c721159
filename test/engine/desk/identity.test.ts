import fc from 'fast-check'
import { v5 } from 'uuid'
import { expect, test } from 'vitest'
import { contentId } from '../../../src-main/engine/desk/identity'

test('ids are version 5 UUIDs of what they name, as the package uuid makes them', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer()), { minLength: 1 }), (parts) => {
      const named = v5(['order', ...parts].join('\n'), '6f1c7a52-3a0b-4b5e-9d0e-2f6f2b1d8c11')
      expect(contentId('order', ...parts)).toBe(named)
    }),
  )
})
