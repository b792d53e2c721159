import { describe, expect, it } from 'vitest'
import { engineEnvironment, nodeRuntime, type ShellPlace } from '../../src-main/shell/engine-launch'

const checkout: ShellPlace = {
  platform: 'linux',
  env: { QUARTET_NODE: '/usr/bin/node' },
  isPackaged: false,
  resourcesPath: '/opt/quartet/resources',
  ownBinary: '/opt/quartet/quartet',
}
const allExist = (): boolean => true

describe('the engine runs in a plain Node', () => {
  it('in a checkout the one that the start script names', () => {
    expect(nodeRuntime(checkout, allExist)).toEqual({ ok: true, value: '/usr/bin/node' })
  })

  it('in a package the one that it ships, whatever the environment says', () => {
    expect(nodeRuntime({ ...checkout, isPackaged: true }, allExist)).toEqual({
      ok: true,
      value: '/opt/quartet/resources/node',
    })
    expect(nodeRuntime({ ...checkout, isPackaged: true, platform: 'win32' }, allExist)).toMatchObject({
      value: expect.stringMatching(/node\.exe$/),
    })
  })

  it.each([
    ['nobody names one', { ...checkout, env: {} }, allExist],
    ['it is named with nothing', { ...checkout, env: { QUARTET_NODE: '' } }, allExist],
    ['it is Electron itself', { ...checkout, env: { QUARTET_NODE: checkout.ownBinary } }, allExist],
    ['it does not exist', checkout, () => false],
    ['the package has lost it', { ...checkout, isPackaged: true }, () => false],
  ])('and does not start when %s', (_case, place, exists) => {
    expect(nodeRuntime(place, exists)).toMatchObject({ ok: false, problem: { code: 'node_missing' } })
  })
})

it('the engine inherits what it needs and no secret of another program', () => {
  const env = {
    PATH: '/bin',
    Path: 'C:\\Windows',
    LC_ALL: 'C',
    https_proxy: 'http://proxy',
    QUARTET_HOME: '/data',
    XDG_DATA_HOME: '/share',
    HF_ENDPOINT: 'https://mirror.example',
    AWS_SECRET_ACCESS_KEY: 'secret',
    GITHUB_TOKEN: 'secret',
    NODE_OPTIONS: '--require evil',
    ELECTRON_RUN_AS_NODE: '1',
    LD_PRELOAD: 'evil.so',
  }
  expect(engineEnvironment(env, 3)).toEqual({
    PATH: '/bin',
    Path: 'C:\\Windows',
    LC_ALL: 'C',
    https_proxy: 'http://proxy',
    QUARTET_HOME: '/data',
    XDG_DATA_HOME: '/share',
    HF_ENDPOINT: 'https://mirror.example',
    QUARTET_ENGINE_GENERATION: '3',
  })
})
