"""Train the audio analyser: python -m tools.train CORPUS [--report-only]."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from askchopper.launcher import console
from askchopper.media.analysis import model_weights
from tools.train import analyser, keys, notes


def train(
    corpus: Annotated[
        Path, typer.Argument(help="Folder with labels.csv and the files that it names.", file_okay=False, exists=True)
    ],
    report_only: Annotated[bool, typer.Option("--report-only", help="Leave the shipped weights as they are.")] = False,
    keys_only: Annotated[
        bool, typer.Option("--keys-only", help="Write the weights of the key; stored embeddings stay comparable.")
    ] = False,
) -> None:
    """Fit the weights of the analyser and print its cross-validated accuracy, grouped by source."""
    with console.status("Extracting features…"):
        examples = list(analyser.load(corpus))
        prior = keys.fit_prior(list(keys.load(is_held_out=False)), list(keys.load_music()))
    with console.status("Cross-validating by group…"):
        answers = analyser.cross_validate(examples, prior)
    for line in analyser.report(answers):
        typer.echo(line)
    if report_only:
        return
    fitted = analyser.calibrate(analyser.fit(examples, prior), answers)
    if keys_only:
        fitted = replace(model_weights.load(), key=fitted.key, key_sure=fitted.key_sure)
    else:
        with console.status("Fitting the notes of one-shots…"):
            fitted = replace(fitted, note=notes.fit(list(notes.load(is_held_out=False))))
    model_weights.save(fitted)
    console.print(f"Wrote {model_weights.PATH.name}.")


if __name__ == "__main__":
    typer.run(train)
