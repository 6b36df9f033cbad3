"""Prints the JSON of contracts: pairs of a variable and the code that makes it, as JSON."""

import json
import sys

import cdk8s_shared_memory as library
from cdk8s import Size

for variable, code in json.load(sys.stdin):
    names = {**{name: getattr(library, name) for name in library.__all__}, "Size": Size}
    exec(code, names)
    print(names[variable].to_json())
