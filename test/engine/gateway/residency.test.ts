import { expect, test } from 'vitest'
import { createResidency, type Resident } from '../../../src-main/engine/gateway/backends/residency'

/** A machine with so much memory, and models that take some of it while they are loaded. */
function machine(totalBytes: number) {
  let used = 0
  let now = 0
  let loading = 0
  let mostLoading = 0
  const left: string[] = []
  const residency = createResidency({ freeBytes: () => totalBytes - used })
  const model = (name: string, bytes: number) => {
    let lastUsed: number | null = null
    const resident: Resident = {
      idleSince: () => lastUsed,
      async unload() {
        used -= bytes
        lastUsed = null
        left.push(name)
      },
    }
    return {
      use: () => {
        lastUsed = ++now
      },
      /** While it answers it cannot leave. */
      busy: () => {
        lastUsed = null
      },
      load: () =>
        residency.load(resident, bytes, async () => {
          loading += 1
          mostLoading = Math.max(mostLoading, loading)
          await new Promise((resolve) => setTimeout(resolve, 5))
          loading -= 1
          used += bytes
          lastUsed = ++now
          return name
        }),
    }
  }
  return { model, left, used: () => used, mostLoading: () => mostLoading }
}

test('never loads two models at once', async () => {
  const { model, mostLoading, used } = machine(100)
  await Promise.all([model('a', 10).load(), model('b', 10).load(), model('c', 10).load()])
  expect(mostLoading()).toBe(1)
  expect(used()).toBe(30)
})

test('lets the model go that was not used for longest, and no more than it must', async () => {
  const { model, left } = machine(100)
  const [old, fresh] = [model('old', 40), model('fresh', 40)]
  await old.load()
  await fresh.load()
  old.use()
  await model('newcomer', 40).load()
  expect(left).toEqual(['fresh'])
})

test('leaves a model alone that is answering, and loads beside it as far as the system lets it', async () => {
  const { model, left } = machine(50)
  const busy = model('busy', 40)
  await busy.load()
  busy.busy()
  await model('newcomer', 40).load()
  expect(left).toEqual([])
})

test('goes on with the next model when one fails to load', async () => {
  const residency = createResidency({ freeBytes: () => 100 })
  const nobody: Resident = { idleSince: () => null, unload: async () => undefined }
  const failing = residency.load(nobody, 1, () => Promise.reject(new Error('no')))
  await expect(failing).rejects.toThrow('no')
  expect(await residency.load(nobody, 1, async () => 'loaded')).toBe('loaded')
})
