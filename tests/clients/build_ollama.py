"""Builds the real ollama program without what computes, from the Go module proxy: build_ollama.py FOLDER leaves FOLDER/ollama.

Its registry client, server and store are as published. Only three packages that need C (the model runners) are left out: in their place
stand the names that the rest of the program mentions, and using one of them ends the program.
"""
import os
import pathlib
import shutil
import subprocess
import sys

MODULE, VERSION = "github.com/ollama/ollama", "v0.17.4"

LEFT_OUT = {
    "runner": '''package runner

import "errors"

func Execute(args []string) error { return errors.New("this ollama was built without runners") }
''',
    "ml/backend/ggml": '''package ggml

import fsggml "github.com/ollama/ollama/fs/ggml"

func ConvertToF32(data []byte, dtype uint32, nelements uint64) []float32 { panic("built without ggml") }
func Quantize(newType fsggml.TensorType, f32s []float32, shape []uint64) []byte { panic("built without ggml") }
''',
    "llama": '''package llama

import "errors"

type Model struct{}
type ModelParams struct{ VocabOnly bool }
type Grammar struct{}
type TokenData struct {
	ID    int32
	Logit float32
}

func LoadModelFromFile(path string, params ModelParams) (*Model, error) { return nil, errors.New("built without llama.cpp") }
func FreeModel(model *Model)                                            {}
func (m *Model) Tokenize(text string, special bool, parse bool) ([]int, error) {
	return nil, errors.New("built without llama.cpp")
}
func (m *Model) TokenToPiece(token int) string { panic("built without llama.cpp") }
func SchemaToGrammar(schema []byte) []byte                              { panic("built without llama.cpp") }
func NewGrammar(grammar string, ids []uint32, values []string, ends []int32) *Grammar {
	panic("built without llama.cpp")
}
func (g *Grammar) Free()                    {}
func (g *Grammar) Apply(tokens []TokenData) {}
func (g *Grammar) Accept(token int32)       {}
''',
}


def go():
    return shutil.which("go") or next((path for path in ("/usr/local/go/bin/go", "/usr/lib/go/bin/go") if os.access(path, os.X_OK)), None)


def build(folder):
    folder = pathlib.Path(folder)
    program = folder / "ollama"
    if program.exists():
        return program
    if go() is None:
        raise RuntimeError("there is no go program: install golang 1.24 or later, then run this again")
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod"}
    folder.mkdir(parents=True, exist_ok=True)
    got = subprocess.run([go(), "mod", "download", "-json", f"{MODULE}@{VERSION}"], cwd=folder, env=environment, capture_output=True, text=True)
    if got.returncode != 0:
        raise RuntimeError(f"go mod download: {got.stdout}{got.stderr}")
    source = folder / "source"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(next(line.split('"')[3] for line in got.stdout.splitlines() if '"Dir"' in line), source)
    subprocess.run(["chmod", "-R", "u+w", source], check=True)
    for name, text in LEFT_OUT.items():
        for path in (source / name).iterdir():
            if path.is_file():
                path.unlink()
        (source / name / "left_out.go").write_text(text)
    subprocess.run([go(), "build", "-o", program.resolve(), "."], cwd=source, env=environment, check=True)
    shutil.rmtree(source)
    return program


if __name__ == "__main__":
    print(build(sys.argv[1]))
