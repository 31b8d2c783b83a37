{{/* The relay: its file, the files beside it, and what does not fit together. */}}

{{- define "celery-watch.check-relay" -}}
{{- $r := .Values.relay -}}
{{- include "celery-watch.check-doors" (dict "values" $r "name" "relay") -}}
{{- if or (not $r.config) (not (default dict $r.config).channels) -}}
{{- fail "relay.config.channels: name at least one channel, as in --set 'relay.config.channels[0].name=log' --set 'relay.config.channels[0].type=console', and name it in relay.config.route" -}}
{{- end -}}
{{- if eq $r.storage.type "sqlite" -}}
{{- if gt (int $r.replicas) 1 -}}
{{- fail (printf "relay.replicas: %d relays cannot share a SQLite file. Set relay.storage.type=postgres with relay.storage.existingSecret, or relay.replicas=1" (int $r.replicas)) -}}
{{- end -}}
{{- if or $r.storage.url (default dict $r.storage.existingSecret).name -}}
{{- fail "relay.storage: a database is named, and relay.storage.type is sqlite. Set relay.storage.type=postgres, or name none" -}}
{{- end -}}
{{- else if eq (empty $r.storage.url) (empty (default dict $r.storage.existingSecret).name) -}}
{{- fail "relay.storage: type postgres wants one of relay.storage.existingSecret {name, key} and relay.storage.url, where postgres://USER:PASSWORD@HOST:5432/DATABASE is" -}}
{{- end -}}
{{- if and $r.auth.token (default dict $r.auth.existingSecret).name -}}
{{- fail "relay.auth: only one of token and existingSecret; remove one" -}}
{{- end -}}
{{- $names := list "relay_token" "relay_store_url" "metrics_token" -}}
{{- range $i, $secret := $r.secrets -}}
{{- if has .name $names -}}{{- fail (printf "relay.secrets[%d].name: %s is taken; each file needs a name of its own" $i .name) -}}{{- end -}}
{{- $names = append $names .name -}}
{{- if eq (empty .value) (empty (default dict .existingSecret).name) -}}
{{- fail (printf "relay.secrets[%d] (%s): wanted one of value and existingSecret {name, key}" $i .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* alert-relay.yml. Relative paths in it begin at its own folder, /etc/alert-relay. */}}
{{- define "celery-watch.relay-file" -}}
{{- $config := deepCopy .Values.relay.config -}}
{{- $storage := deepCopy (default dict $config.storage) -}}
{{- if eq .Values.relay.storage.type "sqlite" -}}
{{- $_ := set $storage "path" "/app/data/alert-relay.db" -}}
{{- else -}}
{{- $_ := set $storage "url_file" "secrets/relay_store_url" -}}
{{- end -}}
{{- if .Values.relay.webConfig.existingSecret -}}{{- $_ := set $config "probe_listen" ":9096" -}}{{- end -}}
{{- if .Values.relay.metricsToken.name -}}{{- $_ := set $config "metrics_token_file" "secrets/metrics_token" -}}{{- end -}}
{{- toYaml (mergeOverwrite $config (dict "listen" ":9095" "auth" (dict "bearer_token_file" "secrets/relay_token") "storage" $storage)) -}}
{{- end -}}

{{/* JSON: {name, key} of the Secret with the token. */}}
{{- define "celery-watch.relay-token" -}}
{{- $given := default dict .Values.relay.auth.existingSecret -}}
{{- if $given.name -}}
{{- toJson (dict "name" $given.name "key" (default "token" $given.key)) -}}
{{- else -}}
{{- toJson (dict "name" (include "celery-watch.object" (list . "relay-token")) "key" "token") -}}
{{- end -}}
{{- end -}}

{{/* What of the relay's Secret is worth a restart: the file, and the values that stand in the chart's own Secret. */}}
{{- define "celery-watch.relay-data" -}}
alert-relay.yml: {{ include "celery-watch.relay-file" . | quote }}
{{- with .Values.relay.storage.url }}
relay_store_url: {{ . | quote }}
{{- end }}
{{- range .Values.relay.secrets }}
{{- if .value }}
{{ .name }}: {{ .value | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The sources of the volume that is /etc/alert-relay. (list $root "the Secret of the chart with its file" "that with its token") */}}
{{- define "celery-watch.relay-sources" -}}
{{- $file := index . 1 -}}
{{- $token := index . 2 -}}
{{- with index . 0 -}}
{{- $root := . -}}
- secret:
    name: {{ $file }}
    items:
      - { key: alert-relay.yml, path: alert-relay.yml }
      {{- if .Values.relay.storage.url }}
      - { key: relay_store_url, path: secrets/relay_store_url }
      {{- end }}
      {{- range .Values.relay.secrets }}
      {{- if .value }}
      - { key: {{ .name | quote }}, path: {{ printf "secrets/%s" .name | quote }} }
      {{- end }}
      {{- end }}
- secret:
    name: {{ $token.name | quote }}
    items: [{ key: {{ $token.key | quote }}, path: secrets/relay_token }]
{{- with .Values.relay.metricsToken.name }}
- secret:
    name: {{ . | quote }}
    items: [{ key: {{ default "token" $root.Values.relay.metricsToken.key | quote }}, path: secrets/metrics_token }]
{{- end }}
{{- if eq .Values.relay.storage.type "postgres" }}
{{- with .Values.relay.storage.existingSecret }}
- secret:
    name: {{ .name | quote }}
    items: [{ key: {{ default "url" .key | quote }}, path: secrets/relay_store_url }]
{{- end }}
{{- end }}
{{- range .Values.relay.secrets }}
{{- if not .value }}
- secret:
    name: {{ .existingSecret.name | quote }}
    items: [{ key: {{ default .name .existingSecret.key | quote }}, path: {{ printf "secrets/%s" .name | quote }} }]
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
