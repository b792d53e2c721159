import { writeFileSync } from 'node:fs'
import { float32, ggufParts, text } from './gguf-bytes'
import { randomTensor, seededRandom } from './weights'

export interface RandomAdapter {
  /** Architecture and width of the base that it is made for. */
  readonly architecture: string
  readonly embedding: number
  readonly rank?: number
  readonly seed?: number
}

/** Writes a LoRA adapter over the queries of the first layer, as llama.cpp's converter would, and returns its path. */
export function writeRandomAdapter(
  path: string,
  { architecture, embedding, rank = 4, seed = 5 }: RandomAdapter,
): string {
  const random = seededRandom(seed)
  const metadata = [
    text('general.type', 'adapter'),
    text('general.architecture', architecture),
    text('adapter.type', 'lora'),
    float32('adapter.lora.alpha', 2 * rank),
  ]
  const spread = 1
  const tensors = [
    randomTensor('blk.0.attn_q.weight.lora_a', [embedding, rank], 'F32', spread, random),
    randomTensor('blk.0.attn_q.weight.lora_b', [rank, embedding], 'F32', spread, random),
  ]
  writeFileSync(path, Buffer.concat(ggufParts(metadata, tensors)))
  return path
}
