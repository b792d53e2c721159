import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { entryId, type LibraryStage, libraryStage, licenceText, repository } from '../engine/models/stage'
import { chromiumPath, launchChromium, openPage } from '../helpers/chromium'
import { contentOf, generatedContent, type HubContent, type HubFault } from '../helpers/loopback-hub'
import { type ServedDesk, serveDesk } from '../helpers/served-desk'
import { tinyGguf, writeTinyGguf } from '../helpers/tiny-gguf'

/** The model library on the screen: the whole program in a real Chromium, with a hub on the loopback interface. */
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 })
const patienceMs = 90_000
const MB = 1e6
/** Forty seconds for the large model: enough to look around in, also on a machine that has much else to do. */
const slow = { kind: 'slow', bytesPerSecond: MB / 2 } as const

describe.skipIf(chromiumPath === null)('the models on the screen', () => {
  let stage: LibraryStage
  let served: ServedDesk
  let browser: Browser
  let page: Page
  let complaints: string[]

  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    stage = await libraryStage('not used: the desk brings its own')
    ;({ page, complaints } = await openPage(browser, patienceMs))
  })
  afterEach(async () => {
    await page.context().close()
    await stopDesk()
    await stage.close()
  })

  async function openModels(): Promise<void> {
    served = await serveDesk(stage.dataDir, { HOME: stage.env.HOME ?? '', HF_ENDPOINT: stage.hub.url })
    await page.goto(served.address.href)
    await page.getByRole('button', { name: 'Manage' }).click()
    await entry().waitFor()
  }

  async function stopDesk(): Promise<void> {
    served.desk.child.kill('SIGTERM')
    await served.desk.ended
  }

  const entry = (): Locator => page.getByRole('article', { name: 'A tiny model' })
  const press = (name: string): Promise<void> =>
    entry()
      .getByRole('button', { name: `${name} A tiny model` })
      .click()
  const seat = (name: string): Locator => page.getByRole('region', { name }).getByLabel('Model of this seat')

  /** Through the dialog that shows fit and licence; the download itself meets the faults. */
  async function agreeAndDownload(...faultsOfHub: HubFault[]): Promise<void> {
    await press('Download …')
    const dialog = page.getByRole('dialog', { name: 'Download A tiny model' })
    await dialog.getByText('It fits.').waitFor()
    expect(await dialog.getByRole('document', { name: 'Text of the licence' }).textContent()).toBe(licenceText)
    expect(await dialog.getByRole('button', { name: 'Download' }).isDisabled()).toBe(true)
    expect(stage.hub.requests.some(({ range, path }) => path.includes('.gguf') && range === 'bytes=0-')).toBe(false)
    expect(await faults()).toEqual([])
    await dialog.getByRole('checkbox').check()
    stage.hub.plan(...faultsOfHub)
    await dialog.getByRole('button', { name: 'Download' }).click()
    await dialog.waitFor({ state: 'hidden' })
  }

  async function faults(): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page }).analyze()
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 120)}`))
  }

  test('a model is fetched with progress, paused, taken up after a restart, given to a seat, and removed', async () => {
    const content = largeModel()
    stage.offer(content)
    await openModels()
    await agreeAndDownload(slow)
    const bar = entry().getByRole('progressbar', { name: 'Download of A tiny model' })
    await expect
      .poll(async () => Number(await bar.getAttribute('aria-valuenow')), { timeout: patienceMs })
      .toBeGreaterThan(2)
    expect(await entry().textContent()).toMatch(/Downloading: [\d.]+ [kM]B of 20\.1 MB, [\d.]+ [kM]B\/s, \d+ s left/)
    expect(await faults()).toEqual([])
    await page.reload()
    await page.getByRole('button', { name: 'Manage' }).click()
    await bar.waitFor()
    await page.keyboard.press('m')
    await page
      .getByRole('region', { name: 'Models', exact: true })
      .getByText(/^downloading tiny, \d+%$/)
      .waitFor()
    await page.keyboard.press('m')

    await press('Pause')
    await entry()
      .getByText(/Paused; [\d.]+ [kM]B have come and are kept/)
      .waitFor()
    expect(existsSync(stage.modelPath)).toBe(false)
    await page.goto('about:blank')
    await stopDesk()
    await openModels()
    await entry()
      .getByText(/Paused; [\d.]+ [kM]B have come and are kept/)
      .waitFor()
    await press('Go on')
    await page.getByText('tiny is installed.').waitFor()
    expect(stage.hub.requests.filter(({ server }) => server === 'content').at(-1)?.range).toMatch(/^bytes=[1-9]\d+-$/)

    expect(await seat('Phi-3-mini').inputValue()).toBe(entryId)
    await page.getByText('The desk goes on with the starter until it is started again.').waitFor()
    await seat('Qwen2.5-Coder-7B').selectOption(entryId)
    await page.getByText('tiny serves this seat from the next start of the desk on.').waitFor()
    await seat('Phi-3-mini').selectOption('The starter (bundled)')
    await page.getByText('The starter serves this seat').waitFor()
    expect(stage.settings()).toMatchObject({ inference: { modelFiles: { qwen: stage.modelPath } } })
    expect(stage.settings()).not.toMatchObject({ inference: { modelFiles: { phi3: expect.anything() } } })

    await page.getByRole('button', { name: 'Hash every file anew' }).click()
    await page.getByText('1 files are what they were.').waitFor()
    await entry().getByRole('button', { name: 'Remove tiny' }).click()
    const question = page.getByRole('dialog', { name: 'Delete tiny?' })
    await page.keyboard.press('Enter')
    await question.waitFor({ state: 'hidden' })
    expect(existsSync(stage.modelPath)).toBe(true)
    await entry().getByRole('button', { name: 'Remove tiny' }).click()
    await question.getByRole('button', { name: 'Delete the file' }).click()
    await entry().getByRole('button', { name: 'Download … A tiny model' }).waitFor()
    expect(existsSync(stage.modelPath)).toBe(false)
    expect(complaints).toEqual([])
  })

  test('what goes wrong is told in a sentence that says what to do, and can be tried again', async () => {
    stage.offer(contentOf(tinyGguf()))
    await openModels()
    await press('Download …')
    const dialog = page.getByRole('dialog', { name: 'Download A tiny model' })
    await dialog.getByText('It fits.').waitFor()
    await dialog.getByRole('checkbox').check()
    // It is asked for three times that day: not allowed, not there, and then there is another file.
    stage.hub.planHub({ status: 401, headers: { 'x-error-code': 'GatedRepo' } })
    await dialog.getByRole('button', { name: 'Download' }).click()
    await entry().getByRole('alert').getByText('is gated. Accept its terms').waitFor()
    expect(await entry().textContent()).toContain('hf auth login')
    await tryAgain(() => stage.hub.planHub({ status: 404 }))
    await entry().getByRole('alert').getByText('is not there (404)').waitFor()
    const other = contentOf(tinyGguf({ seed: 9 }))
    await tryAgain(() => stage.hub.publish({ repository, path: 'tiny-Q8_0.gguf', content: other }))
    await entry().getByRole('alert').getByText(other.sha256).waitFor()
    expect(existsSync(stage.modelPath)).toBe(false)
    expect(await faults()).toEqual([])

    await entry().getByLabel('To take another file knowingly').fill('beef')
    await entry().getByRole('button', { name: 'Accept and go on' }).click()
    await entry().getByText('A SHA-256 has 64 hex digits.').waitFor()
    await entry().getByLabel('To take another file knowingly').fill(other.sha256)
    await entry().getByRole('button', { name: 'Accept and go on' }).click()
    await page.getByText('tiny is installed.').waitFor()
  })

  /** The world changes between the check and the download. */
  async function tryAgain(change: () => void): Promise<void> {
    await press('Try again …')
    const dialog = page.getByRole('dialog', { name: 'Download A tiny model' })
    await dialog.getByText('It fits.').waitFor()
    change()
    await dialog.getByRole('button', { name: 'Download' }).click()
  }

  test('a hub that cannot be reached, and a download that is cancelled, leave nothing behind', async () => {
    stage.offer(largeModel())
    await openModels()
    await agreeAndDownload({ kind: 'stall', afterBytes: 3 * MB })
    await entry()
      .getByText(/3\.0 MB of/)
      .waitFor()
    await press('Cancel')
    await page.getByRole('dialog').getByRole('button', { name: 'Throw it away' }).click()
    await entry().getByRole('button', { name: 'Download … A tiny model' }).waitFor()
    expect(existsSync(`${stage.modelPath}.partial`)).toBe(false)
    await stage.hub.close()
    await entry().getByRole('button', { name: 'Does A tiny model fit?' }).click()
    await entry().getByText('cannot be reached (ECONNREFUSED). Check the connection.').waitFor()
  })

  test('a file of another program is taken in where it lies, and one that is none is refused in words', async () => {
    stage.offer(contentOf(tinyGguf()))
    const folder = join(stage.env.HOME ?? '', '.lmstudio', 'models', 'some', 'one')
    mkdirSync(folder, { recursive: true })
    writeTinyGguf(join(folder, 'found.gguf'))
    await openModels()
    const found = page.getByRole('list', { name: 'Files of other programs' }).getByRole('listitem')
    await found.getByLabel('Seat').selectOption('FinGPT')
    await found.getByRole('button', { name: 'Import found.gguf' }).click()
    await page.getByText('found is installed.').waitFor()
    await expect.poll(() => seat('FinGPT').inputValue(), { timeout: patienceMs }).toBe('found')
    await found.waitFor({ state: 'hidden' })

    await page.getByLabel('Path of a .gguf file').fill('mine.gguf')
    await page.keyboard.press('Enter')
    await page.getByText('"mine.gguf" is no whole path').waitFor()
    await page.getByLabel('Path of a .gguf file').fill(`"${join(stage.dataDir, 'catalogue.json')}"`)
    await page.getByRole('button', { name: 'Import the file' }).click()
    await page.getByText('is not a GGUF model file').first().waitFor()
    expect(complaints).toEqual([])
  })

  test.each([
    { width: 1440, height: 900 },
    { width: 1024, height: 700 },
    { width: 640, height: 800 },
  ])('nothing is cut off at $width x $height, and the keyboard leads in and out', async (size) => {
    stage.offer(contentOf(tinyGguf()))
    await page.setViewportSize(size)
    served = await serveDesk(stage.dataDir, { HOME: stage.env.HOME ?? '', HF_ENDPOINT: stage.hub.url })
    await page.goto(served.address.href)
    await page.getByRole('button', { name: 'Manage' }).waitFor()
    await page.keyboard.press('m')
    await entry().waitFor()
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Models')
    await page.getByRole('region', { name: 'Machine', exact: true }).getByText('Runs on').waitFor()
    const sideways = await page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll('#models, #models section')].map(
        (box) => box.scrollWidth - box.clientWidth,
      ),
    )
    expect(Math.max(...sideways)).toBeLessThanOrEqual(0)
    expect(await faults()).toEqual([])
    await page.keyboard.press('m')
    await entry().waitFor({ state: 'hidden' })
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Manage')
  })
})

/** A model with so much behind its tensors that fetching it takes a while. */
function largeModel(): HubContent {
  return contentOf(Buffer.concat([tinyGguf(), generatedContent(20 * MB).read(0, 20 * MB)]))
}
