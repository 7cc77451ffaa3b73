// Writes tests/golden/go_templates/cases.json: what the standard library's text/template (Go 1.26) renders of templates in the manner of
// Modelfiles, with conversations as Ollama hands them over. The templates by turns and their cut are in the second part.
//
// Usage: go run tools/golden/go_templates.go > tests/golden/go_templates/cases.json
package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"text/template"
)

type arguments map[string]any

func (a arguments) String() string { return encoded(a) }

type function struct {
	Index     int
	Name      string
	Arguments arguments
}
type call struct {
	ID       string
	Function function
}
type message struct {
	Role, Content, Thinking string
	Images                  []any
	ToolCalls               []call
	ToolName, ToolCallID    string
}
type property struct {
	AnyOf       any    `json:"anyOf,omitempty"`
	Type        any    `json:"type,omitempty"`
	Items       any    `json:"items,omitempty"`
	Description string `json:"description,omitempty"`
	Enum        any    `json:"enum,omitempty"`
	Properties  any    `json:"properties,omitempty"`
	Required    any    `json:"required,omitempty"`
}

func (p property) String() string { return encoded(p) }

type parameters struct {
	Type       string              `json:"type"`
	Defs       any                 `json:"$defs,omitempty"`
	Items      any                 `json:"items,omitempty"`
	Required   any                 `json:"required,omitempty"`
	Properties map[string]property `json:"properties"`
}

func (p parameters) String() string { return encoded(p) }

type toolFunction struct {
	Name        string     `json:"name"`
	Description string     `json:"description,omitempty"`
	Parameters  parameters `json:"parameters"`
}

func (f toolFunction) String() string { return encoded(f) }

type tool struct {
	Type     string       `json:"type"`
	Items    any          `json:"items,omitempty"`
	Function toolFunction `json:"function"`
}

func (t tool) String() string { return encoded(t) }

type tools []tool

func (t tools) String() string { return encoded(t) }

func encoded(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// A conversation as the tests read it.
type conversation struct {
	Messages []struct {
		Role, Content, Thinking string
		Calls                   []struct {
			Name      string
			Arguments map[string]any
		}
		ToolName string `json:"tool_name"`
	} `json:"messages"`
	Tools tools  `json:"tools"`
	Think *bool  `json:"think"`
	Level string `json:"think_level"`
}

const weather = `[{"type": "function", "function": {"name": "get_weather", "description": "Weather <now> & later", "parameters": {"type": "object", "required": ["city"],
 "properties": {"city": {"type": "string", "description": "The city's name"}, "days": {"type": ["integer", "null"], "enum": [1, 2]}}}}},
 {"type": "function", "function": {"name": "now", "parameters": {"type": "object", "properties": {}}}}]`

var conversations = []string{
	`{"messages": [{"role": "user", "content": "Hello"}]}`,
	`{"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]}`,
	`{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}, {"role": "user", "content": "How are you?"}]}`,
	`{"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}, {"role": "user", "content": "e"}]}`,
	`{"messages": [{"role": "user", "content": ""}]}`,
	`{"messages": [{"role": "user", "content": "한글 <b> & \"quotes\" \n lines "}, {"role": "assistant", "content": "é\t\\"}, {"role": "user", "content": "{{ .X }}"}]}`,
	`{"messages": [{"role": "user", "content": "Weather?"}], "tools": ` + weather + `}`,
	`{"messages": [{"role": "system", "content": "Tools!"}, {"role": "user", "content": "Weather?"}, {"role": "assistant", "content": "", "calls": [{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}]}, {"role": "tool", "content": "11 C", "tool_name": "get_weather"}], "tools": ` + weather + `}`,
	`{"messages": [{"role": "user", "content": "Both?"}, {"role": "assistant", "content": "I look.", "calls": [{"name": "get_weather", "arguments": {"city": "<Rome>"}}, {"name": "now", "arguments": {}}]}, {"role": "tool", "content": "20", "tool_name": "get_weather"}, {"role": "tool", "content": "noon", "tool_name": "now"}, {"role": "assistant", "content": "Warm."}, {"role": "user", "content": "Thanks"}], "tools": ` + weather + `}`,
	`{"messages": [{"role": "user", "content": "Think"}, {"role": "assistant", "content": "4", "thinking": "2+2"}, {"role": "user", "content": "Again"}]}`,
	`{"messages": [{"role": "user", "content": "Think"}], "think": true, "think_level": "high"}`,
	`{"messages": [{"role": "user", "content": "No"}], "think": false}`,
	`{"messages": [{"role": "user", "content": "a"}, {"role": "system", "content": "middle"}, {"role": "user", "content": "b"}]}`,
	`{"messages": [{"role": "user", "content": "Begin"}, {"role": "assistant", "content": "Once upon"}]}`,
	`{"messages": [{"role": "assistant", "content": "I begin"}, {"role": "user", "content": "Go on"}, {"role": "assistant", "content": "1", "calls": [{"name": "now", "arguments": {"a": [1, 2.5, 1e30, null, true], "b": {"c": "d"}, "e": 1000000}}]}]}`,
}

var templates = map[string]string{
	"chatml": "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n",
	"last": `{{- range $i, $_ := .Messages }}{{- $last := eq (len (slice $.Messages $i)) 1 -}}
{{ .Role }}: {{ .Content }}{{ if not $last }}<end>{{ end }}{{ if and (ne .Role "assistant") $last }}<answer>{{ end }}
{{- end }}`,
	"llama3": `{{- if or .System .Tools }}<|start_header_id|>system<|end_header_id|>
{{- if .System }}

{{ .System }}
{{- end }}
{{- if .Tools }}

You may call functions.
{{- end }}<|eot_id|>
{{- end }}
{{- range $i, $_ := .Messages }}
{{- $last := eq (len (slice $.Messages $i)) 1 }}
{{- if eq .Role "user" }}<|start_header_id|>user<|end_header_id|>
{{- if and $.Tools $last }}

Answer with {"name": function, "parameters": {}}.

{{ range $.Tools }}
{{- . }}
{{ end }}
{{ .Content }}<|eot_id|>
{{- else }}

{{ .Content }}<|eot_id|>
{{- end }}{{ if $last }}<|start_header_id|>assistant<|end_header_id|>

{{ end }}
{{- else if eq .Role "assistant" }}<|start_header_id|>assistant<|end_header_id|>
{{- if .ToolCalls }}
{{ range .ToolCalls }}
{"name": "{{ .Function.Name }}", "parameters": {{ .Function.Arguments }}}{{ end }}
{{- else }}

{{ .Content }}
{{- end }}{{ if not $last }}<|eot_id|>{{ end }}
{{- else if eq .Role "tool" }}<|start_header_id|>ipython<|end_header_id|>

{{ .Content }}<|eot_id|>{{ if $last }}<|start_header_id|>assistant<|end_header_id|>

{{ end }}
{{- end }}
{{- end }}`,
	"qwen": `{{- if .Messages }}
{{- if or .System .Tools }}<|im_start|>system
{{- if .System }}
{{ .System }}
{{- end }}
{{- if .Tools }}

# Tools

<tools>
{{- range .Tools }}
{"type": "function", "function": {{ .Function }}}
{{- end }}
</tools>
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call>
{{- end }}<|im_end|>
{{ end }}
{{- range $i, $_ := .Messages }}
{{- $last := eq (len (slice $.Messages $i)) 1 -}}
{{- if eq .Role "user" }}<|im_start|>user
{{ .Content }}<|im_end|>
{{ else if eq .Role "assistant" }}<|im_start|>assistant
{{ if and $.IsThinkSet (and .Thinking (or $last false)) -}}
<think>{{ .Thinking }}</think>
{{ end -}}
{{ if .Content }}{{ .Content }}
{{- else if .ToolCalls }}<tool_call>
{{ range .ToolCalls }}{"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}
{{ end }}</tool_call>
{{- end }}{{ if not $last }}<|im_end|>
{{ end }}
{{- else if eq .Role "tool" }}<|im_start|>user
<tool_response>
{{ .Content }}
</tool_response><|im_end|>
{{ end }}
{{- if and (ne .Role "assistant") $last }}<|im_start|>assistant
{{ if and $.IsThinkSet (not $.Think) -}}
<think>

</think>

{{ end -}}
{{ end }}
{{- end }}
{{- else }}
{{- if .System }}<|im_start|>system
{{ .System }}<|im_end|>
{{ end }}{{ if .Prompt }}<|im_start|>user
{{ .Prompt }}<|im_end|>
{{ end }}<|im_start|>assistant
{{ end }}{{ .Response }}{{ if .Response }}<|im_end|>{{ end }}`,
	"mistral": `{{- if .Messages }}
{{- range $index, $_ := .Messages }}
{{- if eq .Role "user" }}
{{- if and (le (len (slice $.Messages $index)) 2) $.Tools }}[AVAILABLE_TOOLS] {{ $.Tools }}[/AVAILABLE_TOOLS]
{{- end }}[INST] {{ if and (eq (len (slice $.Messages $index)) 1) $.System }}{{ $.System }}

{{ end }}{{ .Content }}[/INST]
{{- else if eq .Role "assistant" }}
{{- if .Content }} {{ .Content }}
{{- if not (eq (len (slice $.Messages $index)) 1) }}</s>
{{- end }}
{{- else if .ToolCalls }}[TOOL_CALLS] [
{{- range .ToolCalls }}{"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}
{{- end }}]</s>
{{- end }}
{{- else if eq .Role "tool" }}[TOOL_RESULTS] {"content": {{ json .Content }}}[/TOOL_RESULTS]
{{- end }}
{{- end }}
{{- else }}[INST] {{ .Prompt }}[/INST]
{{- end }} {{ .Response }}`,
	"gemma": `{{- range $i, $_ := .Messages }}
{{- $last := eq (len (slice $.Messages $i)) 1 }}
{{- if or (eq .Role "user") (eq .Role "system") }}<start_of_turn>user
{{ .Content }}<end_of_turn>
{{ if $last }}<start_of_turn>model
{{ end }}
{{- else if eq .Role "assistant" }}<start_of_turn>model
{{ .Content }}{{ if not $last }}<end_of_turn>
{{ end }}
{{- end }}
{{- end }}`,
	"deepseek": `{{- if .System }}{{ .System }}{{ end }}
{{- range $i, $_ := .Messages }}
{{- $last := eq (len (slice $.Messages $i)) 1}}
{{- if eq .Role "user" }}<｜User｜>{{ .Content }}
{{- else if eq .Role "assistant" }}<｜Assistant｜>
{{- if and $.IsThinkSet (and $last .Thinking) -}}
<think>
{{ .Thinking }}
</think>
{{- end }}{{ .Content }}{{- if not $last }}<｜end▁of▁sentence｜>{{- end }}
{{- end }}
{{- if and $last (ne .Role "assistant") }}<｜Assistant｜>
{{- if and $.IsThinkSet (not $.Think) -}}
<think>

</think>

{{ end }}
{{- end -}}
{{- end }}`,
	"fields":            `{{ range .Tools }}{{ .Type }}/{{ .Function.Name }}/{{ .Function.Description }}/{{ .Function.Parameters.Type }}/{{ range $n, $p := .Function.Parameters.Properties }}{{ $n }}={{ $p.Type }}:{{ $p.Description }}:{{ $p.Enum }};{{ end }}{{ .Function.Parameters.Required }}{{ end }}`,
	"json of all":       `{{ json .Messages }}{{ json .Tools }}{{ json .System }}{{ json .Missing }}{{ json 1.5 }}{{ json true }}`,
	"arguments":         `{{ range .Messages }}{{ range .ToolCalls }}{{ range $k, $v := .Function.Arguments }}<{{ $k }}>{{ $v }}</{{ $k }}>{{ end }}{{ .Function.Index }}{{ json .Function.Arguments }}{{ index .Function.Arguments "city" }}{{ end }}{{ end }}`,
	"variables":         `{{ $n := 0 }}{{ $name := "x" }}{{ range $i, $m := .Messages }}{{ if eq $m.Role "user" }}{{ $n = $i }}{{ $name := $m.Role }}{{ $name }}{{ end }}{{ end }}{{ $n }}{{ $name }}`,
	"with":              `{{ with .System }}[{{ . }}]{{ else with .Tools }}T{{ len . }}{{ else }}none{{ end }}{{ with $x := 3 }}{{ $x }}{{ . }}{{ end }}`,
	"break continue":    `{{ range .Messages }}{{ if eq .Role "system" }}{{ continue }}{{ end }}{{ .Role }}{{ if eq .Role "assistant" }}{{ break }}{{ end }},{{ else }}empty{{ end }}`,
	"range over int":    `{{ range $i := 3 }}{{ $i }}{{ end }}{{ range 2 }}{{ . }}{{ end }}{{ range 0 }}x{{ else }}e{{ end }}`,
	"pipes":             `{{ .System | printf "%s|%s" "a" | len }}{{ "x" | print 1 2 }}{{ .Messages | len | eq 1 }}{{ (index .Messages 0).Role | printf "%q" }}`,
	"compare":           `{{ eq 1 1 }}{{ eq "a" "b" "a" }}{{ ne 1 2 }}{{ lt 1 2 }}{{ le 2 2 }}{{ gt "b" "a" }}{{ ge 1.5 2.5 }}{{ eq .Missing nil }}{{ eq .System "" }}{{ lt "a" "b" }}`,
	"logic":             `{{ and 1 0 }}{{ or 0 "" "x" }}{{ not .System }}{{ and true .System }}{{ or .System .Missing }}{{ and .Missing .Missing.Deep }}`,
	"numbers":           `{{ 0x1F }} {{ 1_000 }} {{ 0o17 }} {{ 017 }} {{ 0b101 }} {{ -3 }} {{ 'a' }} {{ '\n' }} {{ 1e3 }} {{ 1.5 }} {{ 1e21 }} {{ 1e-7 }} {{ 123456789.0 }} {{ .5 }} {{ 1e20 }}`,
	"strings":           "{{ \"a\\t\\\"\\u00e9\\x41\\101\\n\" }}{{ `raw \\n \"` }}{{ slice \"hello\" 1 3 }}{{ slice \"hello\" 2 }}{{ index \"abc\" 1 }}{{ len \"é\" }}",
	"trim":              "  a  {{- 1 -}}  b  {{ 2 -}}\n\n c {{- /* note */ -}} d {{/* x */}} e {{- \"\" }}\n",
	"values":            `{{ .Missing }}|{{ .Messages | len }}|{{ true }}|{{ print nil }}|{{ print .Missing }}|{{ println 1 "a" 2 }}|{{ printf "%v %t %%" 1.5 true }}`,
	"nothing":           ``,
	"text only":         `just text`,
	"dollar":            `{{ range .Messages }}{{ $.System }}{{ with .Content }}{{ $.System }}{{ . }}{{ end }}{{ end }}{{ $.Missing }}{{ $ | len }}`,
	"nested parens":     `{{ if (and (or .System (not .Tools)) (eq (len .Messages) 1)) }}y{{ else }}n{{ end }}{{ (len (slice .Messages 0)) }}`,
	"think":             `{{ .Think }}{{ .ThinkLevel }}{{ .IsThinkSet }}{{ if and .IsThinkSet .Think (eq .ThinkLevel "high") }}H{{ end }}{{ range .Messages }}{{ .Thinking }}{{ end }}`,
	"tool names":        `{{ range .Messages }}{{ if eq .Role "tool" }}{{ .ToolName }}:{{ .Content }};{{ end }}{{ end }}`,
	"else if":           `{{ range .Messages }}{{ if eq .Role "user" }}U{{ else if eq .Role "system" }}S{{ else if .ToolCalls }}C{{ else }}A{{ end }}{{ end }}`,
	"two variables":     `{{ range $k, $v := .Messages }}{{ $k }}{{ $v.Role }}{{ range $k, $c := $v.ToolCalls }}{{ $k }}{{ $c.Function.Name }}{{ end }}{{ end }}`,
	"multi line action": "{{ if\n and\n .System\n true\n}}y{{\n3\t}}{{ end }}",
	"stringer":          `{{ .Tools }}{{ range .Tools }}{{ .Function }}{{ .Function.Parameters }}{{ end }}`,
	"lists":             `{{ range .Messages }}{{ .ToolCalls }}{{ .Images }}{{ end }}`,
	"or default":        `{{ or .System "You are helpful." }}{{ range .Messages }} {{ .Content }}{{ end }}`,
	"json content":      `{{ range .Messages }}{{ json .Content }},{{ end }}`,
	// errors of one kind each
	"bad: unclosed":        `{{ .Bad `,
	"bad: end":             `{{ if .System }}x`,
	"bad: extra end":       `x{{ end }}`,
	"bad: else":            `{{ else }}`,
	"bad: function":        `{{ shout .System }}`,
	"bad: variable":        `{{ $x }}`,
	"bad: string":          `{{ "abc }}`,
	"bad: raw":             "{{ `abc }}",
	"bad: paren":           `{{ (eq 1 1 }}`,
	"bad: paren 2":         `{{ eq 1 1) }}`,
	"bad: break":           `{{ break }}`,
	"bad: empty":           `{{ }}`,
	"bad: empty if":        `{{ if }}x{{ end }}`,
	"bad: comment":         `{{/* abc`,
	"bad: comment end":     `{{/* abc */ x}}`,
	"bad: character":       `{{ .System ! }}`,
	"bad: character 2":     `{{ .A&B }}`,
	"bad: number":          `{{ 12x }}`,
	"bad: declare":         `{{ 1 : 2 }}`,
	"trailing pipe":        `{{ .System | }}`,
	"bad: stage":           `{{ .System | "x" }}`,
	"bad: literal field":   `{{ "x".Y }}`,
	"bad: decls":           `{{ $a, $b := 1 }}`,
	"bad: double else":     `{{ if 1 }}{{ else }}{{ else }}{{ end }}`,
	"bad: nil":             `{{ nil }}`,
	"bad: deep":            `{{ .Missing.Deep }}`,
	"bad: field":           `{{ range .Messages }}{{ .Nope }}{{ end }}`,
	"bad: text field":      `{{ .System.Nope }}`,
	"bad: compare":         `{{ eq 1 "a" }}`,
	"bad: order":           `{{ lt .Messages 1 }}`,
	"bad: index":           `{{ index .Messages 99 }}`,
	"bad: slice":           `{{ slice .Messages 2 1 }}`,
	"bad: slice 2":         `{{ slice .Messages 99 }}`,
	"bad: len":             `{{ len 3 }}`,
	"bad: range":           `{{ range .System }}{{ end }}`,
	"bad: arguments":       `{{ .System 1 }}`,
	"bad: not":             `{{ not }}`,
	"bad: and":             `{{ and }}`,
	"bad: eq":              `{{ eq 1 }}`,
	"bad: float and whole": `{{ eq 1 1.0 }}`,
	"bad: index nil":       `{{ index .Missing 1 }}`,
}

// Templates without .Messages, run turn by turn.
var byTurns = map[string]string{
	"prompt":  `{{ .Prompt }}`,
	"chatml":  "{{ if .System }}<|im_start|>system\n{{ .System }}<|im_end|>\n{{ end }}{{ if .Prompt }}<|im_start|>user\n{{ .Prompt }}<|im_end|>\n{{ end }}<|im_start|>assistant\n",
	"chatml2": "{{ if .System }}<|im_start|>system\n{{ .System }}<|im_end|>\n{{ end }}{{ if .Prompt }}<|im_start|>user\n{{ .Prompt }}<|im_end|>\n{{ end }}<|im_start|>assistant\n{{ .Response }}<|im_end|>\n",
	"llama2": `[INST] <<SYS>>{{ .System }}<</SYS>>

{{ .Prompt }} [/INST] {{ .Response }}</s>`,
	"llama3": `{{ if .System }}<|start_header_id|>system<|end_header_id|>

{{ .System }}<|eot_id|>{{ end }}{{ if .Prompt }}<|start_header_id|>user<|end_header_id|>

{{ .Prompt }}<|eot_id|>{{ end }}<|start_header_id|>assistant<|end_header_id|>

{{ .Response }}<|eot_id|>`,
	"phi3":     "{{ if .System }}<|system|>\n{{ .System }}<|end|>\n{{ end }}{{ if .Prompt }}<|user|>\n{{ .Prompt }}<|end|>\n{{ end }}<|assistant|>\n{{ .Response }}<|end|>\n",
	"gemma":    "<start_of_turn>user\n{{ if .System }}{{ .System }} {{ end }}{{ .Prompt }}<end_of_turn>\n<start_of_turn>model\n{{ .Response }}<end_of_turn>\n",
	"alpaca":   "{{ if .System }}{{ .System }}\n\n{{ end }}{{ if .Prompt }}### Instruction:\n{{ .Prompt }}\n\n{{ end }}### Response:\n{{ .Response }}\n\n",
	"vicuna":   "{{ .System }}\nUSER: {{ .Prompt }}\nASSISTANT: {{ .Response }}</s>",
	"within":   "{{ .Prompt }}{{ if .Response }}A:{{ .Response }}<end>{{ else }}B{{ end }}tail",
	"zephyr":   "{{- if .System }}<|system|>\n{{ .System }}</s>\n{{- end }}\n<|user|>\n{{ .Prompt }}</s>\n<|assistant|>\n{{ .Response }}</s>\n",
	"command":  "{{ if .System }}<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>{{ .System }}<|END_OF_TURN_TOKEN|>{{ end }}{{ if .Prompt }}<|START_OF_TURN_TOKEN|><|USER_TOKEN|>{{ .Prompt }}<|END_OF_TURN_TOKEN|>{{ end }}<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>{{ .Response }}<|END_OF_TURN_TOKEN|>",
	"openchat": "{{ .System }}<|end_of_turn|>GPT4 Correct User: {{ .Prompt }}<|end_of_turn|>GPT4 Correct Assistant: {{ .Response }}<|end_of_turn|>",
}

var functions = template.FuncMap{"json": func(v any) string { return encoded(v) }}

func parsed(source string) (*template.Template, error) {
	return template.New("").Option("missingkey=zero").Funcs(functions).Parse(source)
}

func system(c conversation) string {
	var all []string
	for _, m := range c.Messages {
		if m.Role == "system" {
			all = append(all, m.Content)
		}
	}
	return strings.Join(all, "\n\n")
}

func render(t *template.Template, data map[string]any) (string, error) {
	var out bytes.Buffer
	err := t.Execute(&out, data)
	return out.String(), err
}

func data(c conversation) map[string]any {
	messages := []*message{}
	for _, m := range c.Messages {
		one := &message{Role: m.Role, Content: m.Content, Thinking: m.Thinking, ToolName: m.ToolName}
		for i, k := range m.Calls {
			one.ToolCalls = append(one.ToolCalls, call{Function: function{i, k.Name, k.Arguments}})
		}
		messages = append(messages, one)
	}
	return map[string]any{"System": system(c), "Messages": messages, "Tools": c.Tools, "Response": "",
		"Think": c.Think == nil || *c.Think, "ThinkLevel": c.Level, "IsThinkSet": c.Think != nil}
}

type result struct {
	Template     string `json:"template"`
	Conversation int    `json:"conversation"`
	Expected     string `json:"expected"`
	Failed       string `json:"failed,omitempty"`
}

func main() {
	var all []conversation
	var raw []json.RawMessage
	for _, text := range conversations {
		var c conversation
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			panic(err)
		}
		all = append(all, c)
		raw = append(raw, json.RawMessage(text))
	}
	results := []result{}
	for name, source := range templates {
		t, err := parsed(source)
		for i, c := range all {
			if err != nil {
				results = append(results, result{name, -1, "", err.Error()})
				break
			}
			out, failed := render(t, data(c))
			one := result{Template: name, Conversation: i, Expected: out}
			if failed != nil {
				one.Expected, one.Failed = "", failed.Error()
			}
			results = append(results, one)
		}
	}
	// What a run with one turn's variables gives; how turns are put together is the tests' to do.
	turns := []map[string]any{}
	for name, source := range byTurns {
		for _, values := range [][3]string{{"S", "P", "R"}, {"", "P", "R"}, {"S", "P", ""}, {"", "P", ""}, {"", "", "R"}, {"S", "", ""}} {
			t, err := parsed(source)
			if err != nil {
				panic(err)
			}
			out, err := render(t, map[string]any{"System": values[0], "Prompt": values[1], "Response": values[2], "Think": false, "IsThinkSet": false})
			if err != nil {
				panic(err)
			}
			turns = append(turns, map[string]any{"template": name, "values": values, "expected": out})
		}
	}
	b, err := json.Marshal(map[string]any{"templates": templates, "conversations": raw, "cases": results, "by_turns": byTurns, "turns": turns})
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(append(b, '\n'))
}
