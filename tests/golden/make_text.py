"""Writes text.json: random texts, what scikit-learn's TfidfVectorizer makes of them, and the merges and tokens of
Hugging Face's byte-level BPE, which tests/data holds glia against.

    pip install scikit-learn==1.9.1 tokenizers==0.23.3
    python tests/golden/make_text.py
"""
import json
import pathlib
import warnings

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

warnings.filterwarnings("ignore")
random = np.random.default_rng(20240715)

ASCII = ["the", "The", "cat", "Cat's", "sat", "on", "a", "mat", "x", "3", "14", "3.14", "e-mail", "don't", "foo_bar",
         "U.S.", "_", "--", "run", "runs", "running", "WIN", "win!", "£5", "ok"]
UNICODE = ["Straße", "STRASSE", "café", "cafe\u0301", "naïve", "ΣΊΣΥΦΟΣ", "ΟΔΟΣ", "привет", "Мир", "中文", "字", "١٢", "½",
           "İstanbul", "日本語", "🙂", "ǅ", "don’t", "a\u00adb", "ñ"]
SPACES = [" ", "  ", "\n", "\t ", " , ", "; "]


def text(words, n):
    out = ""
    for w in random.choice(words, n):
        out += w + str(random.choice(SPACES, p=[.7, .06, .06, .06, .06, .06]))
    return out


def tfidf_case(i):
    words = ASCII if i % 2 else ASCII + UNICODE
    words = list(random.choice(words, int(random.integers(4, 14)), replace=False))
    docs = [text(words, int(random.integers(0, 9))) for _ in range(int(random.integers(2, 7)))]
    docs.append(" ".join(words))
    analyzer = ["word", "word", "word", "char", "char_wb"][int(random.integers(5))]
    low = int(random.integers(1, 3))
    if analyzer != "word":
        docs = [d[:24] for d in docs]
    options = {
        "analyzer": analyzer,
        "lowercase": bool(random.random() < .8),
        "ngram_range": [low, low + int(random.integers(0, 2 if analyzer == "word" else 3))],
        "min_df": [1, 1, 2, .3][int(random.integers(4))],
        "max_df": [1.0, 1.0, .8][int(random.integers(3))],
        "sublinear_tf": bool(random.random() < .4),
        "smooth_idf": bool(random.random() < .6),
        "use_idf": bool(random.random() < .8),
        "binary": bool(random.random() < .2),
        "norm": ["l2", "l2", "l1", None][int(random.integers(4))],
    }
    vectorizer = TfidfVectorizer(**{**options, "ngram_range": tuple(options["ngram_range"])})
    try:
        vectorizer.fit(docs)
    except ValueError:  # no term is left
        return None
    # scikit-learn's order among equally frequent terms under max_features is none, so where the last that is kept
    # has an equal, all are kept.
    options["max_features"] = None
    if random.random() < .4:
        counts = TfidfVectorizer(**{**options, "ngram_range": tuple(options["ngram_range"]), "use_idf": False,
                                    "norm": None, "sublinear_tf": False}).fit_transform(docs).sum(axis=0)
        counts = np.sort(np.asarray(counts).ravel())[::-1]
        for most in range(len(counts) - 1, 0, -1):
            if counts[most - 1] > counts[most]:
                options["max_features"] = most
                break
        vectorizer = TfidfVectorizer(**{**options, "ngram_range": tuple(options["ngram_range"])}).fit(docs)
    last = text(words + ["unseen"], 5)[:24]
    rows = vectorizer.transform(docs + [last]).tocsr()
    rows.sort_indices()
    return {"options": options, "docs": docs, "new": last, "terms": vectorizer.get_feature_names_out().tolist(),
            "rows": [[[int(j), float(v)] for j, v in zip(r.indices, r.data) if v != 0] for r in rows]}


def bpe_case(texts, merges, checks):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=256 + merges, min_frequency=2, show_progress=False, special_tokens=[],
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(texts, trainer)
    learned = json.loads(tokenizer.to_str())["model"]["merges"]
    return {"texts": texts, "merges": [" ".join(m) if isinstance(m, list) else m for m in learned],
            "asked": merges, "checks": [{"text": t, "ids": tokenizer.encode(t).ids} for t in checks]}


CHECKS = ["", " ", "a", "Hello world", "  two  spaces\n\nand lines \t tabs ", "don't we'll I'm they'd he's it're've",
          "'S 'T ''s' '", "x=1234.5+67;", "日本語 のテキスト", "naïve café ½ ١٢", "🙂🙂 emoji 👩\u200d👩\u200d👧",
          "trailing   ", "\u00a0nbsp\u2003em", "aaaaaaaaaaaaaaaa", "\r\n\r\nx", "a\u0301b", "end\n"]


def bpe_cases():
    def zipf(words, n):
        return " ".join(random.choice(words, n, p=1 / np.arange(1, len(words) + 1) / sum(1 / np.arange(1, len(words) + 1))))
    english = ("the of and to in is that it was for on are with as his they be at one have this from or had by hot but "
               "some what there we can out other were all your when up use word how said an each she which do their "
               "time if will way about many then them would write like so these her long make thing see him two has "
               "look more day could go come did my sound no most number who over know water than call first people "
               "may down side been now find don't it's we're I've").split()
    cases = [bpe_case([zipf(english, 120) for _ in range(6)], 150, CHECKS),
             bpe_case([text(ASCII + UNICODE, 60) for _ in range(8)], 120, CHECKS),
             bpe_case(["".join(random.choice(list("ab"), 40)) + " " for _ in range(20)], 80,
                      ["abababab", "aaaabbbbaaaa", "ba" * 20, "abc"]),
             bpe_case(["aaaa aaa aa a aaaaaaa"], 30, ["a" * n for n in range(12)])]
    return cases


tfidf = []
while len(tfidf) < 100:
    case = tfidf_case(len(tfidf))
    if case:
        tfidf.append(case)
path = pathlib.Path(__file__).with_name("text.json")
path.write_text(json.dumps({"tfidf": tfidf, "bpe": bpe_cases()}, ensure_ascii=False, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
