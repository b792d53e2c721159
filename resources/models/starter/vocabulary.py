"""The starter's vocabulary: three control tokens, 256 bytes, whole prompt lines, and the words of the rationales.

A line such as "rsi 28\\n" is one token (of the kind "user defined", which llama.cpp finds in any text before it
splits words), so that a document is ten tokens and a figure keeps its own meaning. Words are byte pairs merged by
count, with GPT-2's splitting rule.
"""
import collections
import json
import re

CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
BOS, IM_START, IM_END = 0, 1, 2
# GPT-2's rule for the ASCII texts that occur here.
SPLIT = re.compile(r" ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+")


def byte_letters():
    """GPT-2's printable stand-ins for the 256 bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {byte: chr(byte) for byte in plain}
    for byte in range(256):
        if byte not in letters:
            letters[byte] = chr(256 + len(letters) - len(plain))
    return letters


LETTERS = byte_letters()


class Vocabulary:
    def __init__(self, wording, merges):
        self.whole = [wording["question"], *wording["lines"], *wording["whys"].values(), *wording["placeholders"]]
        self.merges = merges
        self.words = ["".join(pair) for pair in merges]
        self.texts = [*CONTROL, *[LETTERS[byte] for byte in range(256)], *self.words, *self.whole]
        self.ids = {text: index for index, text in enumerate(self.texts)}
        self.types = [3] * 3 + [1] * (256 + len(self.words)) + [4] * len(self.whole)
        assert len(self.ids) == len(self.texts)
        self.rank = {pair: rank for rank, pair in enumerate(merges)}
        self.cache = {}
        longest_first = sorted(self.whole, key=len, reverse=True)
        self.find_whole = re.compile("(" + "|".join(re.escape(text) for text in longest_first) + ")")

    def _word(self, word):
        if word not in self.cache:
            parts = [LETTERS[byte] for byte in word.encode()]
            while len(parts) > 1:
                ranked = [(self.rank.get(pair, 1 << 30), at) for at, pair in enumerate(zip(parts, parts[1:]))]
                best, at = min(ranked)
                if best == 1 << 30:
                    break
                parts[at : at + 2] = [parts[at] + parts[at + 1]]
            self.cache[word] = [self.ids[part] for part in parts]
        return self.cache[word]

    def encode(self, text):
        tokens = []
        for at, piece in enumerate(self.find_whole.split(text)):
            if at % 2:
                tokens.append(self.ids[piece])
            else:
                for word in SPLIT.findall(piece):
                    tokens.extend(self._word(word))
        return tokens


def learn_merges(texts, wording):
    """Merges until every word of the texts is one token."""
    placeholder = re.compile("|".join(re.escape(text) for text in wording["placeholders"]))
    counts = collections.Counter(["user", "assistant"])
    for text in texts:
        counts.update(SPLIT.findall(placeholder.sub("", text)))
    words = {word: [LETTERS[byte] for byte in word.encode()] for word in counts}
    merges = []
    while True:
        pairs = collections.Counter()
        for word, parts in words.items():
            for pair in zip(parts, parts[1:]):
                pairs[pair] += counts[word]
        if not pairs:
            return merges
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        for parts in words.values():
            at = 0
            while at < len(parts) - 1:
                if (parts[at], parts[at + 1]) == best:
                    parts[at : at + 2] = ["".join(best)]
                at += 1


def load(data_path):
    with open(data_path + ".wording.json") as file:
        wording = json.load(file)
    with open(data_path) as file:
        texts = [json.loads(line)[5] for _, line in zip(range(20000), file)]
    return wording, Vocabulary(wording, learn_merges(texts, wording))
