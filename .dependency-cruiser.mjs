/**
 * The rules of the house (CONTRIBUTING.md): the path of a file says what it may import.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */

/** The rooms of the engine in the order in which data flows: a room imports rooms before it, never one behind it. */
const rooms = ['market', 'context', 'models', 'gateway', 'desk', 'risk', 'broker', 'journal', 'analysis', 'server']

const roomRules = rooms.slice(0, -1).map((room, place) => ({
  name: `room-${room}-looks-only-back`,
  comment: `${room}/ takes what stands behind it in the flow as a parameter, through a small interface of its own.`,
  severity: 'error',
  from: { path: `^src-main/engine/${room}/` },
  to: { path: `^src-main/engine/(${rooms.slice(place + 1).join('|')})/` },
}))

export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or need a third. (A name of a type alone loads nothing.)',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'imports-resolve',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'shared-is-pure',
      comment: 'src-shared runs in every program and in the page: it imports itself and zod.',
      severity: 'error',
      from: { path: '^src-shared/' },
      to: { pathNot: ['^src-shared/', '(^|/)node_modules/zod/'] },
    },
    {
      name: 'only-the-shell-knows-electron',
      severity: 'error',
      from: { pathNot: ['^src-main/shell/', '^src-main/preload/', '^src-main/main[.]ts$', '^test/'] },
      to: { path: ['^electron($|/)', '(^|/)node_modules/electron/'] },
    },
    {
      name: 'only-inference-knows-llama',
      severity: 'error',
      from: { pathNot: ['^src-main/inference/', '^test/'] },
      to: { path: '(^|/)node_modules/(node-llama-cpp|@node-llama-cpp)/' },
    },
    {
      name: 'programs-stand-alone',
      comment: 'The engine is plain Node: nothing of the shell, the preload or the page is part of it.',
      severity: 'error',
      from: { path: '^src-main/(engine|inference|practice|cli)/' },
      to: { path: '^(src-main/(shell|preload)/|src-main/main[.]ts$|src-renderer/)' },
    },
    {
      name: 'shell-knows-the-contract-alone',
      comment: 'The shell talks to the engine in frames; it never runs engine code inside Electron.',
      severity: 'error',
      from: { path: ['^src-main/(shell|preload)/', '^src-main/main[.]ts$'] },
      to: { path: '^(src-main/(engine|inference|practice|cli)/|src-renderer/)' },
    },
    {
      name: 'inference-knows-the-contract-alone',
      severity: 'error',
      from: { path: '^src-main/inference/' },
      to: { path: '^src-', pathNot: ['^src-main/inference/', '^src-shared/'] },
    },
    {
      name: 'practice-exchange-knows-the-contract-alone',
      comment: 'It stands for an exchange somewhere else: only what travels over its wire connects it to the engine.',
      severity: 'error',
      from: { path: '^src-main/practice/' },
      to: { path: '^src-', pathNot: ['^src-main/practice/', '^src-shared/'] },
    },
    {
      name: 'page-knows-the-contract-alone',
      severity: 'error',
      from: { path: '^src-renderer/' },
      to: { path: '^src-', pathNot: ['^src-renderer/', '^src-shared/'] },
    },
    {
      name: 'page-is-no-node',
      severity: 'error',
      from: { path: '^src-(renderer|shared)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'rooms-know-no-composition',
      comment: 'engine.ts knows all rooms; no room knows engine.ts, the command line or another program.',
      severity: 'error',
      from: { path: `^src-main/engine/(${rooms.join('|')})/` },
      to: { path: ['^src-main/engine/(engine|main)[.]ts$', '^src-main/(cli|practice|inference)/'] },
    },
    {
      name: 'product-knows-no-test',
      severity: 'error',
      from: { path: '^(src-|scripts/)' },
      to: { path: ['^test/', '(^|/)node_modules/(vitest|fast-check|playwright-core|@axe-core)/'] },
    },
    ...roomRules,
  ],
  options: {
    doNotFollow: { path: '(^|/)node_modules/|^out/' },
    exclude: { path: '[.]css$' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Imports of types alone count too: a room that names another's types depends on it.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json', '.d.ts'],
    },
    builtInModules: { add: ['electron'] },
  },
}
