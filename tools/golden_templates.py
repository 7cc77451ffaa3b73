#!/usr/bin/env python3
"""Writes tests/golden/chat_templates.json: what the real Jinja renders, set up as transformers sets it up.

Usage: python3 tools/golden_templates.py > tests/golden/chat_templates.json   (needs: pip install jinja2)
"""
import json
import sys

import jinja2
from jinja2.ext import Extension
from jinja2.sandbox import ImmutableSandboxedEnvironment


class Generation(Extension):
    """{% generation %} … {% endgeneration %}: marks what the assistant says; here its body, in a scope of its own."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


class Raised(Exception):
    pass


def environment():
    def raise_exception(message):
        raise Raised(message)

    def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    return env


# The template of SmolLM2-135M-Instruct (Apache-2.0, Hugging Face), as its GGUF carries it.
SMOLLM2 = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\n"
    "You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + "
    "message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|im_start|>assistant\n' }}{% endif %}"
)

TEMPLATES = {
    "smollm2": SMOLLM2,
    "chatml with blocks": """\
{%- if not add_generation_prompt is defined %}
    {%- set add_generation_prompt = false %}
{%- endif %}
{% for message in messages %}
    {% if message.role == 'system' and not loop.first %}
        {% continue %}
    {% endif %}
<|im_start|>{{ message.role }}
{{ message.content | trim }}<|im_end|>
    {# a comment, which leaves no line #}
{% endfor %}
{% if add_generation_prompt %}
<|im_start|>assistant
{% endif %}
""",
    "header ids": """\
{{- bos_token }}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{%- if tools is not none and tools is defined %}
    {{- "Environment: ipython\\n" }}
    {{- "Tools: " + (tools | map(attribute='function.name') | join(', ')) + "\\n" }}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\\n\\n" }}
    {%- endfor %}
{%- endif %}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("This model only supports single tool-calls at once!") }}
        {%- endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {{- '{"name": "' + tool_call.name + '", ' }}
        {{- '"parameters": ' }}
        {{- tool_call.arguments | tojson }}
        {{- "}" }}
        {{- "<|eot_id|>" }}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {{- "<|start_header_id|>ipython<|end_header_id|>\\n\\n" }}
        {%- if message.content is mapping or (message.content is iterable and message.content is not string) %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- "<|eot_id|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
""",
    "instruction brackets": """\
{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}\
{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}\
{% for message in loop_messages %}\
{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}\
{% else %}{% set content = message['content'] %}{% endif %}\
{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}\
{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}\
{% elif message['role'] == 'tool' %}{{ '[TOOL]' ~ content ~ '[/TOOL]' }}\
{% else %}{{ raise_exception('Only user and assistant roles are supported, got ' ~ message.role) }}{% endif %}{% endfor %}
""",
    "thinking with namespaces": """\
{%- set ns = namespace(multi_step=true, last_query=messages|length - 1, seen=[]) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step and message.role == "user" and message.content is string and not(message.content.startswith('<tool>') and message.content.endswith('</tool>')) %}
        {%- set ns.multi_step = false %}
        {%- set ns.last_query = index %}
    {%- endif %}
    {%- set ns.seen = ns.seen + [message.role] %}
{%- endfor %}
{{ ns.seen }} {{ ns.last_query }}
{% for message in messages %}
    {%- set content = message.content if message.content is string else (message.content | tojson) %}
    {%- if message.role == 'assistant' %}
        {%- set reasoning = '' %}
        {%- if '</think>' in content %}
            {%- set reasoning = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {%- generation %}
            {%- if loop.last or (not loop.last and reasoning) %}
                {{- '<think>\\n' + reasoning.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
            {%- else %}
                {{- content }}
            {%- endif %}
        {%- endgeneration %}
    {%- elif message.role == "tool" %}
        {%- if loop.first or loop.previtem.role != "tool" %}{{- '<|tools|>' }}{% endif %}
        {{- '\\n<tool_response>\\n' ~ content ~ '\\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}{{- '<|end_tools|>\\n' }}{% endif %}
    {%- else %}
        {{- message.role ~ ': ' ~ content + '\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|assistant|>\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}
{%- endif %}
""",
    "tools by macros": """\
{% macro type_of(schema, depth=0) -%}
    {% if schema.type == 'array' -%}
        {{ type_of(schema['items'], depth + 1) }}[]
    {%- elif schema.type == 'object' -%}
        { {%- for name, inner in schema.properties | dictsort -%}
            {{ ' ' if loop.first else ', ' }}{{ name }}{{ '' if name in (schema.required or []) else '?' }}: {{ type_of(inner, depth=depth + 1) }}
        {%- endfor %} }
    {%- elif schema.enum is defined -%}
        {{ schema.enum | map('tojson') | join(' | ') }}
    {%- else -%}
        {{ {'integer': 'number', 'string': 'string'}.get(schema.type, 'any') }}
    {%- endif %}
{%- endmacro %}
{% macro section(title, level=2) %}
{{ '#' * level }} {{ title | title }}
{{ caller('in ' ~ title) }}
{% endmacro %}
{% if tools %}
{% call(where) section('the tools') %}
{% for tool in tools if tool.type == 'function' %}
{% set f = tool['function'] %}
// {{ f.description | default('no description', true) | replace('\\n', ' ') }} ({{ where }})
type {{ f.name }} = (_: {{ type_of(f.parameters) }}) => any;
{% else %}
none
{% endfor %}
{% endcall %}
{% else %}
No tools.
{% endif %}
{% for m in messages %}{{ loop.cycle('odd', 'even') }} {{ loop.revindex }} {{ m.role | upper }}{{ '' if loop.last else '; ' }}{% endfor %}
""",
    "block set and filter blocks": """\
{% set intro %}
  <b>{{ messages | length }}</b> messages & "more"
{% endset %}
{% set loud | upper | trim %} be loud {{ bos_token }} {% endset %}
[{{ intro }}][{{ loud }}]
{% filter indent(2, true) | replace('u', 'U') %}
{% for m in messages %}
{{ loop.index }}. {{ m.role }}
{% endfor %}
{% endfilter %}
{{ intro | escape }}
{% with a = 1, b = messages | length %}
{{ a + b }}
{% endwith %}
{{ b is defined }}
""",
    "break and search": """\
{% set ns = namespace(found=none, count=0) %}
{% for m in messages %}
{% if m.role == 'assistant' %}{% set ns.found = m %}{% break %}{% endif %}
{% set ns.count = ns.count + 1 %}
{% endfor %}
{{ ns.count }} before, {{ 'none found' if ns.found is none else ns.found.content | length }}
{% for a in messages %}{% for b in messages %}{% if loop.index > 2 %}{% break %}{% endif %}{{ loop.index }}{% endfor %}|{% endfor %}

{% for x in [] %}never{% else %}empty{% endfor %}

{{ (messages | selectattr('role', 'equalto', 'user') | list | last).content }}
{{ messages | rejectattr('role', 'in', ['user', 'system']) | map(attribute='role') | list }}
{{ messages | map(attribute='name', default='-') | join('/') }}
{{ messages | selectattr('tool_calls', 'defined') | list | length }}
""",
    "numbers and comparisons": """\
{{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 4 / 2 }} {{ 2 ** 10 }} {{ 2 ** -1 }} {{ 1e16 }} {{ 1.5e-7 }} {{ 0.1 + 0.2 }} {{ 1_000 }}
{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1.0 }} {{ true == 1 }} {{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }} {{ not 1 is odd }} {{ 3 is divisibleby 3 }}
{{ '3.7' | int }} {{ 'x' | int(5) }} {{ '2.5' | float }} {{ 3.14159 | round(2) }} {{ 2.5 | round }} {{ -3 | abs }} {{ 7.9 | int }} {{ 'ff' | int(base=16) }}
{{ [3, 1, 2] | sort }} {{ [3, 1, 2] | sort(reverse=true) }} {{ [3, 1, 2] | max }} {{ [3, 1, 2] | min }} {{ [3, 1, 2] | sum }} {{ ['b', 'A', 'a'] | unique | list }}
{{ range(5) | list }} {{ range(2, 11, 3) | list }} {{ range(3, 0, -1) | list }} {{ 'ab' * 3 }} {{ [0] * 3 }} {{ (1, 'x') + (2,) }} {{ (1,) }} {{ () }}
{{ 'abc'[1] }} {{ 'abcdef'[::-1] }} {{ 'abcdef'[1:-1] }} {{ [1, 2, 3, 4][-3:-1] }} {{ [1, 2, 3, 4][::2] }} {{ [1,2,3,4][3:0:-2] }} {{ 'abc'[10] }}|{{ 'abc'[5:] }}
{{ 1 if false }}|{{ none }}|{{ missing }}|{{ missing | default('d') }}|{{ '' | default('e', true) }}|{{ missing is defined }}|{{ none or 'o' }}|{{ 'a' and 'b' }}
{{ -2 ** 2 }} {{ 2 * 3 ~ 4 + 5 | string if false else 'x' ~ 1 + 2 | string }} {{ {'a': 1}.a }} {{ {'a': 1}['a'] }} {{ {1: 'one', true: 'yes'} }} {{ {'a': {'b': [1, {'c': none}]}} }}
{{ 'x' in {'x': 1} }} {{ 2 not in [1, 3] }} {{ 'b' in 'abc' }} {{ 'x' is in ['x'] }} {{ 5 is gt 3 }} {{ 1 is sameas true }} {{ true is boolean }} {{ 1.0 is float }} {{ 1 is integer }} {{ 'a' is number }}
{{ messages is sequence }} {{ messages is mapping }} {{ messages[0] is mapping }} {{ missing is iterable }} {{ none is iterable }} {{ 'a' is string }} {{ messages.append is defined }}
{{ "%s is %d and %.2f|%5s|%-5s|%03d" | format('x', 3, 2.5, 'r', 'l', 7) }} {{ '%s' % 'one' }} {{ '{} {1} {n}'.format('a', 'b', n=3) if false else '{} {n}'.format('a', n=3) }}
""",
    "texts": """\
{% set s = '  Ärger, “straße” & {Über} it\\'s o\\'clock\\t한국어 😀 ' %}
[{{ s.strip() }}] [{{ s.upper() }}] [{{ s.lower() }}] [{{ s.title() }}] [{{ s | title }}] [{{ s | capitalize }}] [{{ s.strip().capitalize() }}] [{{ s | length }}]
{{ [s, "it's", 'say "x"', 'both \\' and "', 'new\\nline', '\\x7f\\u200b\\xa0'] }}
{{ s | tojson }} {{ {'k': s, 'n': none, 't': true, 'f': 1.0, 'e': [], 'o': {}, 'c': '\\x01\\x7f"\\\\/<>&'} | tojson }}
{{ {'b': [1, 2, {'x': []}], 'a': {}} | tojson(indent=2) }} {{ {'b': 1, 'a': 'é😀'} | tojson(sort_keys=true, ensure_ascii=true) }} {{ [1, {'a': 2}] | tojson(separators=(',', ':')) }}
{{ 'a,b,,c'.split(',') }} {{ ' a  b c '.split() }} {{ 'a b c'.split(None, 1) }} {{ 'a,b,c'.split(',', 1) }} {{ 'a,b,c'.rsplit(',', 1) }} {{ 'a b  c '.rsplit(None, 1) }} {{ ''.split() }} {{ ''.split(',') }}
{{ 'xxabxx'.strip('x') }} {{ 'xxabxx'.lstrip('x') }} {{ 'xxabxx'.rstrip('x') }} {{ 'abab'.replace('a', 'c', 1) }} {{ 'ab'.replace('', '-') }} {{ 'abab' | replace('a', 'c') }} {{ 'aXbX'.count('X') }}
{{ 'abc'.startswith('ab') }} {{ 'abc'.startswith(('x', 'a')) }} {{ 'abc'.endswith('bc') }} {{ 'héllo'.find('l') }} {{ 'héllo'.rfind('l') }} {{ 'x'.find('y') }} {{ 'a-b'.partition('-') }} {{ 'abc'.removeprefix('a') }} {{ 'abc'.removesuffix('c') }}
{{ '12'.isdigit() }} {{ 'ab1'.isalnum() }} {{ 'ab'.isalpha() }} {{ 'AB'.isupper() }} {{ 'ab '.islower() }} {{ ''.isdigit() }} {{ '7'.zfill(3) }} {{ 'a'.ljust(3) }}| {{ 'a'.rjust(3) }} {{ 'a'.center(4, '*') }} {{ 'aB'.swapcase() }}
{{ ', '.join(['a', 'b']) }} {{ [1, 'b', none] | join(' ') }} {{ 'one\\ntwo\\r\\nthree'.splitlines() }} {{ 'a\\n\\nb' | indent }} {{ 'a\\nb' | indent(2, true) }} {{ 'a\\n\\nb' | indent('> ', blank=true) }}
{{ {'b': 1, 'a': 2}.items() | list }} {{ {'b': 1, 'a': 2} | dictsort }} {{ {'b': 1, 'a': 2} | dictsort(by='value', reverse=true) }} {{ {'b': 1}.keys() | list }} {{ {'b': 1}.values() | list }} {{ {'b': 1}.get('c') }} {{ {'b': 1}.get('c', 9) }} {{ dict(a=1, b=2) }}
{{ 'abc' | first }}{{ 'abc' | last }} {{ [] | first }}| {{ 'abc' | reverse }} {{ [1, 2] | reverse | list }} {{ 'abc' | list }} {{ 'one' 'two' }} {{ "\\u00e9\\x41\\101\\q" }} {{ '<a href="x">' | e }} {{ 'k' | attr('upper') is callable }}
{% for k, v in {'a': 1, 'b': [2]}.items() %}{{ k }}={{ v }};{% endfor %} {% for (a, b), c in [] %}{% endfor %}

""".replace(" {% for (a, b), c in [] %}{% endfor %}", ""),
    "white space": """\
a
  {% if true %}
  b
  {%+ if true %}
  c
  {% endif +%}
  d
  {%- endif %}

  {{ 'e' -}}
     f
  {#- gone -#}
  g {# kept before #}
  {# alone #}
  h {{- ' i' }} {%- set x = 1 -%}   j
{% set y %}  {% endset %}
[{{ y }}]\r
k\r
  {% if x %}l{% endif %}

m {{ {'a': {'b': 1}} }}{{ {} }}
\t{% if x %}\tn{% endif %}

  {% for i in range(2) %}
    {{ i }}
  {% endfor %}
end


""",
    "recursive loops": """\
{% set tree = [{'n': 'a', 'c': [{'n': 'b', 'c': [{'n': 'c'}]}, {'n': 'd'}]}, {'n': 'e'}] %}
{% for node in tree recursive %}
{{ '  ' * loop.depth0 }}{{ node.n }} {{ loop.depth }}{{ ' last' if loop.last }}
{% if node.c %}{{ loop(node.c) }}{% endif %}
{% endfor %}
{% set x = 1 %}
{% for i in range(3) %}{{ x }}{% set x = x + 1 %}{{ x }} {% endfor %}{{ x }}
{% macro sees() %}{{ x }}{{ later }}{% endmacro %}
{% set later = 'L' %}
{{ sees() }} {{ sees }}
{% macro many(a, b='B', c=a) %}{{ a }}-{{ b }}-{{ c }}{% endmacro %}
{{ many(1) }} {{ many(1, c=3) }} {{ many(b=2, a='z') }} {{ many() }}
{{ messages | map(attribute='content') | map('upper') | first }} {{ ['a', 'b'] | map('replace', 'a', 'x') | join }}
{{ ([1, none, 2] | select | list) }} {{ ([1, 2, 3] | select('odd') | list) }} {{ ([1, 2, 3] | reject('gt', 1) | list) }} {{ [1, none] | select('none') | list }} {{ 'yes' if [] | select else 'no' }}
{% set a, b = 1, [2, 3] %}{{ a }}{{ b }}
""".replace(" {{ sees }}", ""),
    "probes": """\
[{{ ''.__class__ }}] [{{ messages.__class__ is defined }}] [{{ messages[0]['__init__'] }}] [{{ messages[0].role.__len__ is defined }}] [{{ self_is_missing }}]
""".replace("[{{ ''.__class__ }}] ", ""),
    "refuses": "{{ raise_exception('Conversation roles must alternate: ' ~ messages[0].role) }}",
}

USER = {"role": "user", "content": "  What is the capital of 대한민국?\n"}
ASSISTANT = {"role": "assistant", "content": "<think>\nKorea…\n</think>\n\nSeoul."}
TOOLS = [
    {"type": "function", "function": {"name": "weather", "description": "Weather of a place.\nNow.", "parameters": {
        "type": "object", "properties": {"place": {"type": "string"}, "unit": {"enum": ["°C", "°F"]}, "days": {"type": "array", "items": {"type": "integer"}}},
        "required": ["place"]}}},
    {"type": "function", "function": {"name": "now", "description": "", "parameters": {"type": "object", "properties": {}}}},
]
CONTEXTS = [
    {"messages": [USER], "add_generation_prompt": True},
    {"messages": [{"role": "system", "content": "Be brief & kind."}, USER, ASSISTANT, {"role": "user", "content": "<|im_start|>And \"Japan\"?"}],
     "add_generation_prompt": True, "enable_thinking": False},
    {"messages": [USER, ASSISTANT], "add_generation_prompt": False, "tools": None},
    {"messages": [USER, {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": {"name": "weather", "arguments": {"place": "서울", "days": [1, 2]}}}]},
                  {"role": "tool", "name": "weather", "content": "{\"t\": 21.5}"}, {"role": "tool", "content": "<ok>"}, {"role": "user", "content": "Thanks"}],
     "add_generation_prompt": True, "tools": TOOLS},
    {"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": ""}, {"role": "system", "content": "late"}, {"role": "user", "content": "x"}]},
]


def main():
    env = environment()
    cases = []
    for name, source in TEMPLATES.items():
        template = env.from_string(source)
        for number, context in enumerate(CONTEXTS):
            context = {**context, "bos_token": "<s>", "eos_token": "</s>"}
            case = {"template": name, "context": number}
            try:
                case["expected"] = template.render(**context)
            except (Raised, jinja2.exceptions.TemplateError, TypeError) as error:
                case["error"] = str(error)
            cases.append(case)
    contexts = [{**context, "bos_token": "<s>", "eos_token": "</s>"} for context in CONTEXTS]
    json.dump({"templates": TEMPLATES, "contexts": contexts, "cases": cases}, sys.stdout, ensure_ascii=False, indent=1)
    print()


main()
