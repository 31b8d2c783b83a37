{{/* The alert rules that ship, with this release's jobs, namespaces and thresholds. */}}

{{/* Jobs of exporters that never answered. */}}
{{- define "celery-watch.job-regex" -}}
{{- if .Values.prometheus.rules.jobRegex -}}
{{- .Values.prometheus.rules.jobRegex -}}
{{- else -}}
{{- $jobs := list "(.*/)?celery([-_]?exporter)?" ".*celery-watch-exporter(-.+)?" -}}
{{- range fromJsonArray (include "celery-watch.exporters" .) -}}
{{- if not (regexMatch "celery-watch-exporter(-.+)?$" .job) -}}{{- $jobs = append $jobs (regexQuoteMeta .job) -}}{{- end -}}
{{- end -}}
{{- join "|" (uniq $jobs) -}}
{{- end -}}
{{- end -}}

{{/* Only what comes from the namespaces asked for. (list $expression $regex) */}}
{{- define "celery-watch.in-namespaces" -}}
{{- $metric := `((?:^|[^\w:{"])(?:celery_\w+|alert_relay_\w+|up|process_start_time_seconds))` -}}
{{- $match := printf "namespace=~%q" (index . 1) | replace "$" "$$" -}}
{{- $expression := regexReplaceAll (printf `%s\{` $metric) (index . 0) (printf "${1}{%s," $match) -}}
{{- regexReplaceAll (printf `%s([^\w:{]|$)` $metric) $expression (printf "${1}{%s}${2}" $match) -}}
{{- end -}}

{{/* groups: [...] */}}
{{- define "celery-watch.rules" -}}
{{- $root := . -}}{{- $r := .Values.prometheus.rules -}}
{{- $groups := (.Files.Get "files/alert_rules.yml" | fromYaml).groups -}}
{{- $alerts := list -}}{{- $thresholds := list -}}
{{- range $group := $groups -}}
{{- $rules := list -}}
{{- range $rule := $group.rules -}}
{{- $name := trimPrefix "celery:threshold:" (default "" $rule.record) -}}
{{- if ne $name (default "" $rule.record) -}}
{{- $thresholds = append $thresholds $name -}}
{{- if hasKey $r.thresholds $name -}}{{- $_ := set $rule "expr" (get $r.thresholds $name | toString) -}}{{- end -}}
{{- $rules = append $rules $rule -}}
{{- range $label, $all := dict "queue" $r.queueThresholds "name" $r.taskThresholds -}}
{{- range $value, $limit := default dict (get $all $name) -}}
{{- $rules = append $rules (dict "record" $rule.record "expr" (toString $limit) "labels" (dict $label $value)) -}}
{{- end -}}
{{- end -}}
{{- else -}}
{{- if eq (default "" $rule.record) "celery:exporter_up" -}}
{{- $_ := set $rule "expr" (regexReplaceAllLiteral `job=~"[^"]*"` $rule.expr (printf "job=~%q" (include "celery-watch.job-regex" $root))) -}}
{{- end -}}
{{- if $r.namespaceRegex -}}
{{- /* What this release runs is in its own. */ -}}
{{- $namespaces := $r.namespaceRegex -}}
{{- if or $root.Values.exporter.enabled $root.Values.relay.enabled -}}{{- $namespaces = printf "%s|%s" $namespaces $root.Release.Namespace -}}{{- end -}}
{{- $_ := set $rule "expr" (include "celery-watch.in-namespaces" (list $rule.expr $namespaces)) -}}
{{- end -}}
{{- if $rule.alert -}}
{{- $alerts = append $alerts $rule.alert -}}
{{- $_ := set $rule "labels" (mergeOverwrite (deepCopy $r.alertLabels) $rule.labels) -}}
{{- if and $r.runbookPrefix (hasPrefix "docs/" (default "" $rule.annotations.runbook_url)) -}}
{{- $_ := set $rule.annotations "runbook_url" (printf "%s%s" $r.runbookPrefix $rule.annotations.runbook_url) -}}
{{- end -}}
{{- end -}}
{{- if not (has (default "" $rule.alert) $r.disabledAlerts) -}}{{- $rules = append $rules $rule -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- $_ := set $group "rules" $rules -}}
{{- end -}}
{{- range $name := $r.disabledAlerts -}}
{{- if not (has $name $alerts) -}}{{- fail (printf "prometheus.rules.disabledAlerts: there is no alert %s; want some of: %s" $name (join ", " $alerts)) -}}{{- end -}}
{{- end -}}
{{- range $key, $given := dict "thresholds" $r.thresholds "queueThresholds" $r.queueThresholds "taskThresholds" $r.taskThresholds -}}
{{- range $name, $_ := $given -}}
{{- if not (has $name $thresholds) -}}{{- fail (printf "prometheus.rules.%s: there is no threshold %s; want some of: %s" $key $name (join ", " (uniq $thresholds))) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml (dict "groups" $groups) -}}
{{- end -}}
