"""Checks policy files against the schema: check_policies.py SCHEMA [--not] FILE..."""

import argparse
import json
import sys
from pathlib import Path

import jsonschema


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("schema")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--not", dest="refused", action="store_true", help="expects every file to break the schema")
    options = parser.parse_args()

    schema = json.loads(Path(options.schema).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    wrong = [name for name in options.files if validator.is_valid(json.loads(Path(name).read_text())) == options.refused]
    for name in wrong:
        print(f"{name}: {'is valid' if options.refused else jsonschema.exceptions.best_match(validator.iter_errors(json.loads(Path(name).read_text()))).message}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
