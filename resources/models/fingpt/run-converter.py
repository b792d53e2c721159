"""Runs llama.cpp's converter where its newest requirements are not met.

The converter names number types of torch that an older one (Debian's 1.13) lacks, and imports `transformers` only to
look a base model up on the network. A LoRA adapter needs neither: its weights are plain floats, and the base's
configuration is given as a file.
"""
import runpy
import sys
import types

import torch

for name in ("float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu", "float4_e2m1fn_x2", "uint16", "uint32", "uint64"):
    if not hasattr(torch, name):
        setattr(torch, name, type(name, (), {})())

try:
    import transformers  # noqa: F401
except ImportError:

    class NotInstalled:
        @staticmethod
        def from_pretrained(*_, **__):
            raise OSError("transformers is not installed; the configuration file is read instead")

    stand_in = types.ModuleType("transformers")
    stand_in.AutoConfig = stand_in.AutoTokenizer = stand_in.AutoModel = NotInstalled
    sys.modules["transformers"] = stand_in

llama_cpp, *words = sys.argv[1:]
sys.path.insert(0, llama_cpp)
sys.argv = [f"{llama_cpp}/convert_lora_to_gguf.py", *words]
runpy.run_path(sys.argv[0], run_name="__main__")
