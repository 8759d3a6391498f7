#!/bin/sh
# Asks Claude one question with the credential that clawdbot would use now. When it is refused, that
# is reported, and the next credential is tried. Needs clawdbot and curl.
#
#   ./ask.sh "What is a cooldown?"
set -eu
umask 077

model=claude-haiku-4-5
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A question as a JSON text: what would end the text or is no character is escaped or left out.
quoted() {
  printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g' | tr '\n\t' '  ' | tr -d '\000-\037'
}
printf '{"model":"%s","max_tokens":256,"messages":[{"role":"user","content":"%s"}]}' \
  "$model" "$(quoted "${1:-Say hello.}")" > "$folder/request"

# Sends the request once. The secret is in a file of ours only: arguments are seen by everybody.
send() {
  if [ -n "${ANTHROPIC_AUTH_TOKEN-}" ]; then
    printf 'authorization: Bearer %s\n%s\n' "$ANTHROPIC_AUTH_TOKEN" "$ANTHROPIC_CUSTOM_HEADERS"
  else
    printf 'x-api-key: %s\n' "$ANTHROPIC_API_KEY"
  fi > "$folder/headers"
  curl --silent --show-error --output "$folder/answer" --dump-header "$folder/answer-headers" \
    --write-out '%{http_code}' --header "@$folder/headers" \
    --header 'anthropic-version: 2023-06-01' --header 'content-type: application/json' \
    --data-binary "@$folder/request" "$ANTHROPIC_BASE_URL/v1/messages"
}

for attempt in 1 2 3; do
  # Its exit status says why there is none: 3 all are cooling down, 4 nothing is configured, 5 a
  # person must sign in. It has said so on standard error already.
  variables=$(clawdbot models auth print-token --model "$model" --format env) || exit $?
  # In a shell of its own, so that clawdbot never meets these variables.
  status=$(
    unset ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN ANTHROPIC_CUSTOM_HEADERS
    eval "$variables"
    printf '%s\n' "$CLAWDBOT_TOKEN_PROFILE" > "$folder/profile"
    printf '%s\n' "${CLAWDBOT_TOKEN_FINGERPRINT-}" > "$folder/fingerprint"
    send
  ) || exit 1
  if [ "$status" = 200 ]; then
    cat "$folder/answer"
    exit 0
  fi
  retry_after=$(tr -d '\r' < "$folder/answer-headers" |
    awk -F ': *' 'tolower($1) == "retry-after" { print $2 }')
  fingerprint=$(cat "$folder/fingerprint")
  clawdbot models auth report "$(cat "$folder/profile")" --status "$status" --model "$model" \
    --body "$folder/answer" ${retry_after:+--retry-after "$retry_after"} \
    ${fingerprint:+--version "$fingerprint"} >&2
done

cat "$folder/answer" >&2
exit 1
