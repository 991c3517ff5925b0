"""The command line `spacy-affect`. Each command is a module, imported when it is called."""

from __future__ import annotations

import sys
import warnings
from importlib import import_module

import click

from ..errors import AffectError, hint

#: Command -> what it does; its module here holds it as `command`.
COMMANDS = {
    "annotate": "Annotate a corpus: every row comes back, a killed run goes on.",
    "arc": "Draw how a conversation scores, turn after turn.",
    "evaluate": "Score a pipeline on corpora, or compare two of them.",
    "compare": "List the rows that two pipelines disagree on most, for people to decide.",
    "audit": "Check whether scores depend on who a sentence is about.",
    "calibrate": "Let a pipeline say how sure it is, and check that on texts apart.",
    "tasks": "List what can be predicted.",
    "backbones": "List what can predict it.",
    "corpora": "List the corpora that can be read.",
    "init-config": "Write a config for spacy train.",
    "convert": "Convert a corpus for training, split it, look for leakage.",
    "models": "List trained models and what each may be used for, or write a model card.",
    "plugins": "List installed plugins, and why one was left out.",
    "doctor": "Look for what is broken or missing in this environment.",
}
INTERRUPTED = 130


class LazyGroup(click.Group):
    """Imports a command's module only when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._load_plugins()
        return [*COMMANDS, *sorted(self.commands)]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in COMMANDS:
            return import_module(f".{name.replace('-', '_')}", __name__).command
        self._load_plugins()
        return self.commands.get(name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            ctx.fail(f"No such command {name!r}.{hint(name, self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self._load_plugins()
        added = [(name, self.commands[name].get_short_help_str()) for name in sorted(self.commands)]
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items(), *added])

    def _load_plugins(self) -> None:
        from .. import plugins

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `spacy-affect plugins` says what is broken
            for _ in plugins.call("affect_register_commands", cli=self):
                pass


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="spacy-affect", prog_name="spacy-affect")
def cli() -> None:
    """Affect analysis with spaCy: annotate corpora, and see what is installed.

    Scores describe texts. They are no diagnosis, and no ground for decisions about a person.
    """


def main(args: list[str] | None = None) -> None:
    """Run the command line. Exit codes: 0 done, 1 wrong usage or input (in one line), 3 row errors
    under --strict, 130 interrupted.
    """
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: click.echo(f"Warning: {message}", err=True)
            sys.exit(cli.main(args, prog_name="spacy-affect", standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
    except click.ClickException as error:
        click.echo(f"Error: {' '.join(error.format_message().split())}", err=True)
    except AffectError as error:
        click.echo(f"Error: {' '.join(str(error).split())}", err=True)
    except (click.Abort, KeyboardInterrupt) as stop:
        click.echo(str(stop.__cause__ or stop) or "Interrupted.", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # the reader of our output has had enough, as `head` does
        sys.stderr.close()
    except OSError as error:  # a full disk, a folder that may not be written
        click.echo(f"Error: {error.strerror or error}: {error.filename or ''}", err=True)
    sys.exit(1)
