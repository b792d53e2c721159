"""Writes a llama-architecture model as a GGUF file (version 3), matrices in Q8_0, norms in F32."""
import struct

import numpy as np

UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
F32, Q8_0 = 0, 8
ALIGNMENT = 32
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def value_of(kind, value):
    if kind == STRING:
        return text(value)
    return struct.pack({UINT32: "<I", INT32: "<i", FLOAT32: "<f", BOOL: "<?"}[kind], value)


def pair(key, kind, value):
    return text(key) + struct.pack("<I", kind) + value_of(kind, value)


def array(key, kind, values):
    head = text(key) + struct.pack("<IIQ", ARRAY, kind, len(values))
    return head + b"".join(value_of(kind, value) for value in values)


def q8_0(matrix):
    """Blocks of 32 weights: one half-precision scale, 32 signed bytes."""
    blocks = matrix.astype(np.float32).reshape(-1, 32)
    scale = (np.abs(blocks).max(axis=1, keepdims=True) / 127).astype(np.float16)
    wide = scale.astype(np.float32)
    whole = np.where(wide > 0, np.round(blocks / np.where(wide > 0, wide, 1)), 0).clip(-127, 127).astype(np.int8)
    return b"".join(s.tobytes() + q.tobytes() for s, q in zip(scale, whole))


def write(path, weights, shape, vocabulary):
    """weights: name -> float array (rows are outputs). shape: width, layers, heads, feed_forward, context, rope_base."""
    pairs = [
        pair("general.architecture", STRING, "llama"),
        pair("general.name", STRING, "Quartet starter"),
        pair("general.file_type", UINT32, 7),
        pair("general.quantization_version", UINT32, 2),
        pair("llama.context_length", UINT32, shape["context"]),
        pair("llama.embedding_length", UINT32, shape["width"]),
        pair("llama.block_count", UINT32, shape["layers"]),
        pair("llama.feed_forward_length", UINT32, shape["feed_forward"]),
        pair("llama.attention.head_count", UINT32, shape["heads"]),
        pair("llama.attention.head_count_kv", UINT32, shape["heads"]),
        pair("llama.attention.layer_norm_rms_epsilon", FLOAT32, 1e-5),
        pair("llama.rope.dimension_count", UINT32, shape["width"] // shape["heads"]),
        pair("llama.rope.freq_base", FLOAT32, shape["rope_base"]),
        pair("llama.vocab_size", UINT32, len(vocabulary.texts)),
        pair("tokenizer.ggml.model", STRING, "gpt2"),
        pair("tokenizer.ggml.pre", STRING, "gpt-2"),
        array("tokenizer.ggml.tokens", STRING, vocabulary.texts),
        array("tokenizer.ggml.token_type", INT32, vocabulary.types),
        array("tokenizer.ggml.merges", STRING, [" ".join(merge) for merge in vocabulary.merges]),
        pair("tokenizer.ggml.bos_token_id", UINT32, 0),
        pair("tokenizer.ggml.padding_token_id", UINT32, 0),
        pair("tokenizer.ggml.eos_token_id", UINT32, 2),
        pair("tokenizer.ggml.add_bos_token", BOOL, False),
        pair("tokenizer.ggml.add_eos_token", BOOL, False),
        pair("tokenizer.ggml.add_space_prefix", BOOL, False),
        pair("tokenizer.chat_template", STRING, CHAT_TEMPLATE),
    ]
    infos, data = [], b""
    for name, tensor in weights.items():
        flat = tensor.ndim == 1
        data += b"\0" * (-len(data) % ALIGNMENT)
        dimensions = tensor.shape[::-1]
        infos.append(
            text(name)
            + struct.pack("<I", len(dimensions))
            + b"".join(struct.pack("<Q", size) for size in dimensions)
            + struct.pack("<IQ", F32 if flat else Q8_0, len(data))
        )
        data += tensor.astype(np.float32).tobytes() if flat else q8_0(tensor)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(infos), len(pairs)) + b"".join(pairs) + b"".join(infos)
    with open(path, "wb") as file:
        file.write(head + b"\0" * (-len(head) % ALIGNMENT) + data)
