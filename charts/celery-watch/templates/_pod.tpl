{{/* What the pods of both programs have in common. */}}

{{/* Before the containers. (dict "root" $ "values" $program "component" "relay" "replicas" 1 "account" "a name in place of the chart's") */}}
{{- define "celery-watch.pod" -}}
serviceAccountName: {{ default (include "celery-watch.service-account" .root) .account | quote }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .values.terminationGracePeriodSeconds }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.podSecurityContext }}
securityContext: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .values.topologySpreadConstraints }}
topologySpreadConstraints: {{- toYaml .values.topologySpreadConstraints | nindent 2 }}
{{- else if gt (int .replicas) 1 }}
topologySpreadConstraints:
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "celery-watch.selector" (list $.root $.component) | nindent 8 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Annotations and labels of a pod; none says the chart's version, so that a new chart alone restarts nothing. (dict "root" $ "values" $program "component" "relay" "port" 9095 "job" "…" "checksum" "…") */}}
{{- define "celery-watch.pod-metadata" -}}
{{- $annotations := dict "checksum/config" .checksum -}}
{{- if .root.Values.prometheus.scrapeAnnotations -}}
{{- $annotations = merge $annotations (dict
      "prometheus.io/scrape" "true"
      "prometheus.io/port" (toString .port)
      "prometheus.io/path" "/metrics"
      "prometheus.io/scheme" (include "celery-watch.scheme" .values)) -}}
{{- end -}}
annotations: {{- toYaml (mergeOverwrite $annotations .values.podAnnotations) | nindent 2 }}
labels: {{- toYaml (mergeOverwrite (deepCopy .root.Values.commonLabels) .values.podLabels (include "celery-watch.selector" (list .root .component) | fromYaml) (dict "celery-watch/job" .job)) | nindent 2 }}
{{- end -}}

{{/*
Ports and probes. Where a web configuration may want client certificates, which kubelet has none of, the program answers
probes at a port of their own. (dict "values" $program "name" "metrics" "port" 9808)
*/}}
{{- define "celery-watch.ports" -}}
{{- $port := ternary "probes" .name (ne .values.webConfig.existingSecret "") -}}
ports:
  - { name: {{ .name }}, containerPort: {{ .port }}, protocol: TCP }
  {{- if eq $port "probes" }}
  - { name: probes, containerPort: {{ add1 .port }}, protocol: TCP }
  {{- end }}
{{- range $probe, $path := dict "livenessProbe" "/healthz" "readinessProbe" "/readyz" "startupProbe" "/healthz" }}
{{- with index $.values $probe }}
{{ $probe }}:
  httpGet: { path: {{ $path }}, port: {{ $port }} }
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{/* What a Service offers: where probes have a port of their own, that one, too, for `helm test`. (dict "values" $program "name" "metrics" "port" 9808) */}}
{{- define "celery-watch.service-ports" -}}
- { name: {{ .name }}, port: {{ .values.service.port }}, targetPort: {{ .name }}, protocol: TCP }
{{- if .values.webConfig.existingSecret }}
- { name: probes, port: {{ add1 .port }}, targetPort: probes, protocol: TCP }
{{- end }}
{{- end -}}

{{/* Where a Service is asked whether its program is ready. (dict "root" $ "values" $program "name" "the Service" "port" 9808) */}}
{{- define "celery-watch.ready-url" -}}
{{- $port := ternary (add1 .port) .values.service.port (ne .values.webConfig.existingSecret "") -}}
{{- printf "http://%s.%s.svc:%v" .name .root.Release.Namespace $port -}}
{{- end -}}

{{/* Refuses what is half given: it would be left out in silence, and a door would be open. (dict "values" $program "name" "exporter") */}}
{{- define "celery-watch.check-doors" -}}
{{- if and .values.webConfig.tlsSecret (not .values.webConfig.existingSecret) -}}
{{- fail (printf "%s.webConfig.tlsSecret: is of no use without %s.webConfig.existingSecret, the Secret with the web configuration file that names its certificate; set both or none" .name .name) -}}
{{- end -}}
{{- if and .values.metricsToken.key (not .values.metricsToken.name) -}}
{{- fail (printf "%s.metricsToken.name: is missing; wanted the Secret that the token stands in, or no metricsToken at all" .name) -}}
{{- end -}}
{{- end -}}

{{/* The volume of the web configuration. The values of a program. */}}
{{- define "celery-watch.web-volume" -}}
{{- if .webConfig.existingSecret -}}
- name: web
  projected:
    defaultMode: 288
    sources:
      - secret: { name: {{ .webConfig.existingSecret | quote }} }
      {{- with .webConfig.tlsSecret }}
      - secret: { name: {{ . | quote }} }
      {{- end }}
{{- end -}}
{{- end -}}
