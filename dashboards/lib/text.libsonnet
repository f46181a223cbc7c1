// Text of definitions inside Markdown, where it must stay text: neither markup, nor a variable of Grafana's.
local letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ,;';

// Whatever is not a letter of the alphabet, a digit or a blank becomes a character reference; a line break a blank.
local plain(text) = std.join('', [
  if std.member(letters, c) || std.codepoint(c) > 160 then c
  else if std.codepoint(c) < 32 || (std.codepoint(c) > 126 && std.codepoint(c) <= 160) then ' '
  else '&#' + std.codepoint(c) + ';'
  for c in std.stringChars(std.substr(text, 0, 500))
]);

{
  plain:: plain,
  // A selector with values in double quotes, in which Grafana finds no variable.
  query(selector):: std.strReplace(selector, '$', '\\x24'),
  // An address inside parentheses.
  address(url):: std.join('', [
    if c == '(' then '%28' else if c == ')' then '%29' else if c == '$' then '%24' else if c == ' ' then '%20' else if c == '|' then '%7C' else if c == '<' then '%3C' else if c == '>' then '%3E' else if c == '"' then '%22' else if c == '\\' then '%5C' else if c == '`' then '%60' else c
    for c in std.stringChars(std.strReplace(url, '\n', ''))
  ]),
}
