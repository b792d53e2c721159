/**
 * Converts a LoRA adapter of Hugging Face's PEFT into a GGUF file, with llama.cpp's own converter in the very release
 * that Quartet runs: `node resources/models/fingpt/convert-adapter.mjs ADAPTER_FOLDER OUT.gguf [BASE_CONFIG.json]`.
 * The README beside this file says where FinGPT's adapter comes from and what Python needs.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const here = path.dirname(fileURLToPath(import.meta.url))
const bundle = path.join(here, '../../../node_modules/node-llama-cpp/llama/gitRelease.bundle')
const packages = ['torch', 'numpy', 'tqdm', 'yaml']

process.exitCode = main(process.argv.slice(2))

/** @param {string[]} words */
function main([adapterDir, out, baseConfig = path.join(here, 'llama-2-7b-config.json')]) {
  if (!adapterDir || !out) return fail('Usage: convert-adapter.mjs ADAPTER_FOLDER OUT.gguf [BASE_CONFIG.json]', 2)
  if (!fs.existsSync(path.join(adapterDir, 'adapter_config.json'))) {
    return fail(`${adapterDir} holds no adapter_config.json: put it beside the weights, from the same repository.`)
  }
  if (!fs.existsSync(bundle)) return fail('The packages are not installed yet; run npm start once.')
  const python = findPython()
  if (python === null) {
    return fail(
      `No Python with ${packages.join(', ')} was found. Debian: apt-get install python3-torch python3-numpy ` +
        'python3-tqdm python3-yaml; elsewhere: pip install torch numpy tqdm pyyaml. QUARTET_PYTHON names another Python.',
    )
  }
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'quartet-adapter-'))
  try {
    const llamaCpp = path.join(scratch, 'llama.cpp')
    execFileSync('git', ['clone', '--quiet', bundle, llamaCpp], { stdio: ['ignore', 'ignore', 'pipe'] })
    const base = path.join(scratch, 'base')
    fs.mkdirSync(base)
    fs.copyFileSync(baseConfig, path.join(base, 'config.json'))
    const unfinished = path.join(scratch, 'adapter.gguf')
    const words = [path.join(here, 'run-converter.py'), llamaCpp, '--base', base, '--outfile', unfinished, adapterDir]
    const { status } = spawnSync(python, words, { stdio: ['ignore', 'inherit', 'inherit'] })
    if (status !== 0 || !fs.existsSync(unfinished)) return fail(`The converter ended with ${status}; see its last lines.`)
    fs.copyFileSync(unfinished, out)
    console.log(`Wrote ${out}. Name it in settings.json: { "inference": { "adapterFiles": { "fingpt": "${out}" } } }`)
    return 0
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true })
  }
}

function findPython() {
  const named = process.env.QUARTET_PYTHON
  const candidates = named ? [named] : ['python3', '/usr/bin/python3', 'python']
  const check = `import ${packages.join(', ')}`
  return candidates.find((python) => spawnSync(python, ['-c', check], { stdio: 'ignore' }).status === 0) ?? null
}

/** @param {string} message */
function fail(message, code = 1) {
  console.error(message)
  return code
}
