"""Trains the starter model and writes it as GGUF.

    python3 train.py TRAIN.jsonl VALID.jsonl OUT.gguf MINUTES [THREADS [QUESTIONS CONVERSATIONS PEAK_RATE]]

Where OUT.gguf.pt is there, its weights are the start: so a training can go on, with other batches.

Each example is a conversation: the question with its document, one letter, "Why buy?", the rationale. The letter is
learnt from the teacher's probabilities, not from its choice alone. Beside it, a small head that is thrown away reads
the teacher's margins at every token between document and letter: they say how far a case is from its boundary, also
where the probabilities are all but certain, and so teach far more per example.

All matrix work runs in bfloat16: without a fast BLAS, 32-bit products are some twenty times slower.
"""
import collections
import itertools
import json
import math
import pathlib
import re
import sys
import time

import gguf_file
import numpy as np
import torch
import torch.nn.functional as F
import vocabulary as vocab
from torch import nn

SHAPE = {"width": 96, "layers": 3, "heads": 3, "feed_forward": 256, "context": 256, "rope_base": 10000.0}
# Per step: questions that end with the letter, and whole conversations.
QUESTIONS, CONVERSATIONS = 256, 48
PEAK_RATE, FLOOR_RATE, WARM_UP_STEPS = 4e-3, 2e-5, 60
RATIONALE_WEIGHT, HELPER_WEIGHT = 0.5, 1.0
MARGIN_LIMIT = 2.5
LINE = re.compile(r"([a-z]+) ([-+]?[0-9.]+)\n?")
SENTENCES = re.compile(r"(?<=\.)(?= )")


class RootMeanSquareNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


def rotate(x, cos, sin):
    """Rotary position on neighbouring pairs, as llama.cpp does it for this architecture."""
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)


class Block(nn.Module):
    """Attention and feed-forward; matrices that read the same input are kept as one until they are written."""

    def __init__(self, width, heads, feed_forward, **_):
        super().__init__()
        self.heads = heads
        self.attn_norm, self.ffn_norm = RootMeanSquareNorm(width), RootMeanSquareNorm(width)
        self.attn_qkv, self.attn_output = nn.Linear(width, 3 * width, False), nn.Linear(width, width, False)
        self.ffn_in, self.ffn_down = nn.Linear(width, 2 * feed_forward, False), nn.Linear(feed_forward, width, False)

    def forward(self, x, cos, sin, mask):
        batch, length, width = x.shape
        q, k, v = self.attn_qkv(self.attn_norm(x)).view(batch, length, 3 * self.heads, -1).transpose(1, 2).chunk(3, 1)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + mask
        mixed = (torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(batch, length, width)
        x = x + self.attn_output(mixed)
        gate, up = self.ffn_in(self.ffn_norm(x)).chunk(2, -1)
        return x + self.ffn_down(F.silu(gate) * up)


class Starter(nn.Module):
    def __init__(self, words):
        super().__init__()
        width = SHAPE["width"]
        self.token_embd = nn.Embedding(len(words.texts), width)
        self.blocks = nn.ModuleList(Block(**SHAPE) for _ in range(SHAPE["layers"]))
        self.output_norm = RootMeanSquareNorm(width)
        self.helper = nn.Linear(width, 2)
        for name, parameter in self.named_parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02 if "embd" in name else width**-0.5)
        for block in self.blocks:
            for layer in (block.attn_output, block.ffn_down):
                layer.weight.data /= math.sqrt(2 * SHAPE["layers"])
        self.token_embd.weight.data += line_embeddings(words)

    def forward(self, tokens):
        length = tokens.shape[1]
        half = SHAPE["width"] // SHAPE["heads"] // 2
        angles = torch.arange(length)[:, None] * SHAPE["rope_base"] ** (-torch.arange(half) / half)
        mask = torch.full((length, length), float("-inf")).triu(1)
        x = self.token_embd(tokens)
        for block in self.blocks:
            x = block(x, angles.cos(), angles.sin(), mask)
        return self.output_norm(x)

    def weights(self):
        """By llama.cpp's names; the output shares the embedding."""
        named = {}
        for name, parameter in self.named_parameters():
            value, name = parameter.detach().float().numpy(), name.replace("blocks.", "blk.")
            if "attn_qkv" in name:
                named.update(zip((name.replace("qkv", part) for part in "qkv"), np.split(value, 3)))
            elif "ffn_in" in name:
                named.update(zip((name.replace("in", part) for part in ("gate", "up")), np.split(value, 2)))
            elif not name.startswith("helper"):
                named[name] = value
        return named


def line_embeddings(words, bumps=8):
    """A start at which neighbouring values of a figure look alike: overlapping bumps along its scale."""
    figures = collections.defaultdict(list)
    for text in words.whole:
        line = LINE.fullmatch(text)
        if line:
            figures[line[1]].append((float(line[2]), words.ids[text]))
    embeddings = torch.zeros(len(words.texts), SHAPE["width"])
    for values in figures.values():
        scale, ids = torch.tensor([value for value, _ in values]), [index for _, index in values]
        place = (scale - scale.min()) / (scale.max() - scale.min())
        shape = torch.exp(-(((place[:, None] - torch.linspace(0, 1, bumps)) * bumps) ** 2) / 2)
        features = torch.cat([shape, 2 * place[:, None] - 1, torch.ones(len(ids), 1)], 1)
        embeddings[ids] = features @ torch.randn(bumps + 2, SHAPE["width"]) * 0.05
    return embeddings


def load_examples(path, words, limit=None):
    """Token rows of one length, the letter's place (the same in all), soft labels, and where the rationale starts."""
    letters = [words.ids[letter] for letter in "ABC"]
    after_document = [vocab.IM_END, *words.encode("\n"), vocab.IM_START, *words.encode("assistant\n")]
    user = [vocab.IM_START, *words.encode("user\n")]
    with open(path + ".wording.json") as file:
        wording = json.load(file)
    actions = ["buy", "sell", "hold"]
    bridges = {
        action: [
            letters[at], vocab.IM_END, *words.encode("\n"), *user, *words.encode(wording["whys"][action]), *after_document
        ]
        for at, action in enumerate(actions)
    }
    start = [vocab.BOS, *user, *words.encode(wording["question"])]
    rows, labels, margins = [], [], []
    known = {}

    def tokens_of(text, pieces):
        """Piece by piece, because the same lines and sentences come again and again."""
        tokens = []
        for piece in pieces:
            if piece not in known:
                known[piece] = words.encode(piece)
            tokens += known[piece]
        assert text == "".join(pieces)
        return tokens

    with open(path) as file:
        for line in itertools.islice(file, limit):
            document, buy, sell, hold, action, rationale, *margin = json.loads(line)
            question = start + tokens_of(document, document.splitlines(True)) + after_document
            told = tokens_of(rationale, [piece for piece in SENTENCES.split(rationale) if piece])
            rows.append(question + bridges[action] + told + [vocab.IM_END])
            labels.append((buy, sell, hold))
            margins.append(margin)
    asked, answered = len(question), len(question) + len(bridges["buy"])
    longest = max(map(len, rows))
    tokens = np.zeros((len(rows), longest), np.int16)
    for at, row in enumerate(rows):
        tokens[at, : len(row)] = row
    margins = torch.tensor(margins).clamp(-MARGIN_LIMIT, MARGIN_LIMIT)
    return torch.from_numpy(tokens), torch.tensor(labels), margins, asked, answered, letters


def question_loss(model, hidden, labels, margins, asked, letters):
    logits = hidden[:, asked - 1] @ model.token_embd.weight.T
    logs = F.log_softmax(logits.float(), -1)[:, letters]
    read = model.helper(hidden[:, asked - 6 : asked]).float()
    return -(labels * logs).sum(-1).mean(), F.smooth_l1_loss(read, margins[:, None].expand_as(read), beta=0.2)


def judge(model, valid):
    """Agreement and mean divergence on unseen examples; share of rationales that follow the teacher's to the letter."""
    tokens, labels, _, asked, answered, letters = valid
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        hidden = torch.cat([model(part[:, :asked].long())[:, -1] for part in tokens.split(500)])
        logs = F.log_softmax((hidden @ model.token_embd.weight.T)[:, letters].float(), -1)
        agree = (logs.argmax(-1) == labels.argmax(-1)).float().mean().item()
        divergence = (labels * (labels.clamp_min(1e-9).log() - logs)).sum(-1).mean().item()
        part = tokens[:300].long()
        hidden = model(part[:, :-1])[:, answered - 1 :]
        told = part[:, answered:]
        right = ((hidden @ model.token_embd.weight.T).argmax(-1) == told) | (told == 0)
        return agree, divergence, right.all(1).float().mean().item()


def main(train_path, valid_path, out_path, minutes, threads="2", questions=QUESTIONS, conversations=CONVERSATIONS, peak=PEAK_RATE):
    torch.set_num_threads(int(threads))
    questions, conversations, peak = int(questions), int(conversations), float(peak)
    torch.manual_seed(7)
    _, words = vocab.load(train_path)
    train, valid = load_examples(train_path, words), load_examples(valid_path, words, 3000)
    tokens, labels, margins, asked, answered, letters = train
    model = Starter(words)
    state_path = pathlib.Path(out_path + ".pt")
    if state_path.exists():
        model.load_state_dict(torch.load(state_path))
    parameters = sum(p.numel() for n, p in model.named_parameters() if not n.startswith("helper"))
    print(f"{len(tokens)} examples, {len(words.texts)} tokens, {parameters} weights, question {asked}, longest {tokens.shape[1]}", flush=True)
    gguf_file.write(out_path, model.weights(), SHAPE, words)
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak, betas=(0.9, 0.98), weight_decay=0.01)
    started, limit, step, at, told_at = time.time(), float(minutes) * 60, 0, 0, time.time()
    order = torch.randperm(len(tokens))
    used = 0.0
    while used < 1:
        used = min(1, (time.time() - started) / limit)
        cosine = FLOOR_RATE + (peak - FLOOR_RATE) * 0.5 * (1 + math.cos(math.pi * used))
        for group in optimizer.param_groups:
            group["lr"] = cosine * min(1, (step + 1) / WARM_UP_STEPS)
        if at + questions + conversations > len(order):
            order, at = torch.randperm(len(tokens)), 0
        asks, tells = order[at : at + questions], order[at + questions : at + questions + conversations]
        at += questions + conversations
        with torch.autocast("cpu", torch.bfloat16):
            hidden = model(tokens[asks, :asked].long())
            letter, helper = question_loss(model, hidden, labels[asks], margins[asks], asked, letters)
            talk = tokens[tells].long()
            talk = talk[:, : 1 + int((talk != 0).sum(1).max())]
            hidden = model(talk[:, :-1])
            letter_told, helper_told = question_loss(model, hidden, labels[tells], margins[tells], asked, letters)
            logits = hidden[:, answered - 1 :] @ model.token_embd.weight.T
            told = talk[:, answered:]
            words_loss = F.cross_entropy(logits.float().flatten(0, 1), told.flatten(), ignore_index=0)
        share = questions / (questions + conversations)
        letter = share * letter + (1 - share) * letter_told
        helper = share * helper + (1 - share) * helper_told
        loss = letter + HELPER_WEIGHT * helper + RATIONALE_WEIGHT * words_loss
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        if time.time() - told_at > 60 or used >= 1:
            told_at = time.time()
            agree, divergence, right = judge(model, valid)
            print(
                f"{(time.time() - started) / 60:.1f} min, step {step}, words {words_loss.item():.4f}, "
                f"agreement {agree:.4f}, divergence {divergence:.5f}, rationale word for word {right:.3f}",
                flush=True,
            )
            gguf_file.write(out_path, model.weights(), SHAPE, words)
            torch.save(model.state_dict(), state_path)


if __name__ == "__main__":
    main(*sys.argv[1:])
