{{/* The Deployments of the exporter: one for all brokers, or one for each. */}}

{{/* JSON: [{name, component, job, replicas, resources, brokers, keeps}] */}}
{{- define "celery-watch.exporters" -}}
{{- $root := . -}}{{- $e := .Values.exporter -}}
{{- $list := list -}}
{{- if not $e.enabled -}}
{{- else if eq $e.mode "perBroker" -}}
{{- range $e.brokers -}}
{{- $slug := include "celery-watch.slug" (default "broker" .name) -}}
{{- $name := include "celery-watch.object" (list $root (printf "exporter-%s" $slug)) -}}
{{- $job := ternary (printf "%s-%s" $e.job $slug) $name (ne $e.job "") | include "celery-watch.short" -}}
{{- $list = append $list (dict "name" $name "component" (printf "exporter-%s" $slug) "job" $job "brokers" (list .)
      "resources" (default $e.resources .resources)) -}}
{{- end -}}
{{- else -}}
{{- $name := include "celery-watch.object" (list $root "exporter") -}}
{{- $list = append $list (dict "name" $name "component" "exporter" "job" (default $name $e.job) "brokers" $e.brokers "resources" $e.resources) -}}
{{- end -}}
{{- range $list -}}
{{- $none := list "<nil>" "" "0" "0s" -}}
{{- $keeps := not (has (get (default dict $e.config) "event_queue_keep" | toString) $none) -}}
{{- range .brokers -}}{{- if not (has (get (default dict .options) "event_queue_keep" | toString) $none) -}}{{- $keeps = true -}}{{- end -}}{{- end -}}
{{- $_ := set . "keeps" $keeps -}}
{{- end -}}
{{- toJson $list -}}
{{- end -}}

{{/* Says in words what does not fit together. */}}
{{- define "celery-watch.check-exporter" -}}
{{- $e := .Values.exporter -}}
{{- include "celery-watch.check-doors" (dict "values" $e "name" "exporter") -}}
{{- if not $e.brokers -}}
{{- fail "exporter.brokers: name at least one broker, as in --set 'exporter.brokers[0].url=redis://redis:6379/0', or set exporter.enabled=false" -}}
{{- end -}}
{{- $names := list -}}{{- $slugs := list -}}
{{- range $i, $broker := $e.brokers -}}
{{- $at := printf "exporter.brokers[%d]" $i -}}
{{- if and (not .name) (or (gt (len $e.brokers) 1) (eq $e.mode "perBroker")) -}}
{{- fail (printf "%s.name: is missing; each of several brokers (and each one with exporter.mode=perBroker) needs a name, which is the label broker of its metrics" $at) -}}
{{- end -}}
{{- if has .name $names -}}{{- fail (printf "%s.name: %s is there already; each broker needs a name of its own" $at .name) -}}{{- end -}}
{{- $names = append $names .name -}}
{{- $slug := include "celery-watch.slug" (default "broker" .name) -}}
{{- if and .name (has $slug $slugs) -}}{{- fail (printf "%s.name: %s makes the same object names as another broker; choose another name" $at .name) -}}{{- end -}}
{{- $slugs = append $slugs $slug -}}
{{- if eq (empty .url) (empty (default dict .existingSecret).name) -}}
{{- fail (printf "%s: wanted one of url and existingSecret {name, key}, where the broker's URL is" $at) -}}
{{- end -}}
{{- with .tls -}}
{{- if not (compact (list .ca .cert .key)) -}}{{- fail (printf "%s.tls: wanted at least one of ca, cert and key, which of the Secret's keys is meant" $at) -}}{{- end -}}
{{- end -}}
{{- range $key, $_ := default dict .secretOptions -}}
{{- if hasKey (default dict $broker.options) $key -}}{{- fail (printf "%s: %s stands in options and in secretOptions; remove one" $at $key) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- range fromJsonArray (include "celery-watch.exporters" .) -}}
{{- if and .keeps (gt (int $e.replicas) 1) -}}
{{- fail "exporter.replicas: must be 1 with event_queue_keep: the queue that RabbitMQ keeps has one reader. Leave event_queue_keep out, or install a second release with its own exporter.config.instance" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* celery_exporter.yml. (list $root $exporter) */}}
{{- define "celery-watch.exporter-file" -}}
{{- $root := index . 0 -}}{{- $exporter := index . 1 -}}
{{- $config := deepCopy (default dict $root.Values.exporter.config) -}}
{{- $_ := set $config "port" 9808 -}}
{{- if $root.Values.exporter.webConfig.existingSecret -}}{{- $_ := set $config "probe_port" 9809 -}}{{- end -}}
{{- if $root.Values.exporter.metricsToken.name -}}{{- $_ := set $config "metrics_token_file" "/etc/celery-exporter/secrets/metrics_token" -}}{{- end -}}
{{- $entries := list -}}
{{- range $exporter.brokers -}}
{{- $folder := printf "/etc/celery-exporter/secrets/%s" (include "celery-watch.slug" (default "broker" .name)) -}}
{{- $entry := deepCopy (default dict .options) -}}
{{- range $key, $_ := default dict .secretOptions -}}{{- $_ := set $entry (printf "%s_file" $key) (printf "%s/%s" $folder $key) -}}{{- end -}}
{{- with .tls -}}
{{- range $option, $part := dict "broker_tls_ca_file" .ca "broker_tls_cert_file" .cert "broker_tls_key_file" .key -}}
{{- if $part -}}{{- $_ := set $entry $option (printf "%s/tls/%s" $folder $part) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if .name -}}
{{- $entries = append $entries (mergeOverwrite (dict "name" .name "url_file" (printf "%s/url" $folder)) $entry) -}}
{{- else -}}
{{- $config = mergeOverwrite $config (dict "broker_url_file" (printf "%s/url" $folder)) $entry -}}
{{- end -}}
{{- end -}}
{{- if $entries -}}{{- $_ := set $config "brokers" $entries -}}{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* The sources of the volume that is /etc/celery-exporter. (list $root $exporter) */}}
{{- define "celery-watch.exporter-sources" -}}
{{- $root := index . 0 -}}{{- $exporter := index . 1 -}}
- secret:
    name: {{ $exporter.name }}
    items:
      - { key: celery_exporter.yml, path: celery_exporter.yml }
      {{- range $exporter.brokers }}
      {{- if .url }}
      {{- $slug := include "celery-watch.slug" (default "broker" .name) }}
      - { key: {{ printf "%s.url" $slug | quote }}, path: {{ printf "secrets/%s/url" $slug | quote }} }
      {{- end }}
      {{- end }}
{{- with $root.Values.exporter.metricsToken.name }}
- secret:
    name: {{ . | quote }}
    items: [{ key: {{ default "token" $root.Values.exporter.metricsToken.key | quote }}, path: secrets/metrics_token }]
{{- end }}
{{- range $exporter.brokers }}
{{- $folder := printf "secrets/%s" (include "celery-watch.slug" (default "broker" .name)) }}
{{- with .existingSecret }}
- secret:
    name: {{ .name | quote }}
    items: [{ key: {{ default "url" .key | quote }}, path: {{ printf "%s/url" $folder | quote }} }]
{{- end }}
{{- range $key, $from := .secretOptions }}
- secret:
    name: {{ $from.name | quote }}
    items: [{ key: {{ default $key $from.key | quote }}, path: {{ printf "%s/%s" $folder $key | quote }} }]
{{- end }}
{{- with .tls }}
- secret:
    name: {{ .existingSecret | quote }}
    items:
      {{- range compact (list .ca .cert .key) }}
      - { key: {{ . | quote }}, path: {{ printf "%s/tls/%s" $folder . | quote }} }
      {{- end }}
{{- end }}
{{- end }}
{{- end -}}
