package io.fairlead.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What Kubernetes 1.36 answered to the same objects.
class FieldRulesTest {
    private static final String POD =
            """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}}
            """;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    {"tolerations":[{"operator":"Equal","value":"v"}]} | spec.tolerations[0].operator | Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"
                    {"tolerations":[{"key":"k","operator":"Maybe"}]} | spec.tolerations[0].operator | Unsupported value: "Maybe": supported values: "Equal", "Exists"
                    {"tolerations":[{"key":"k","effect":"Never"}]} | spec.tolerations[0].effect | Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"
                    {"topologySpreadConstraints":[{"maxSkew":0,"topologyKey":"z","whenUnsatisfiable":"DoNotSchedule"}]} | spec.topologySpreadConstraints[0].maxSkew | Invalid value: 0: must be greater than zero
                    {"topologySpreadConstraints":[{"maxSkew":1,"whenUnsatisfiable":"DoNotSchedule"}]} | spec.topologySpreadConstraints[0].topologyKey | Required value: can not be empty
                    {"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[]}}}} | spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms | Required value: must have at least one node selector term
                    {"affinity":{"nodeAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":0,"preference":{}}]}}} | spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight | Invalid value: 0: must be in the range 1-100
                    {"securityContext":{"sysctls":[{"name":"Bad_Name!","value":"1"}]}} | spec.securityContext.sysctls[0].name | Invalid value: "Bad_Name!": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$
                    {"securityContext":{"runAsUser":-1}} | spec.securityContext.runAsUser | Invalid value: -1: must be between 0 and 2147483647, inclusive
                    {"securityContext":{"seccompProfile":{"type":"Localhost"}}} | spec.securityContext.seccompProfile.localhostProfile | Required value: must be set when seccomp type is Localhost
                    {"volumes":[{"name":"v","hostPath":{"path":"/a/../b"}}]} | spec.volumes[0].hostPath.path | Invalid value: "/a/../b": must not contain '..'
                    {"volumes":[{"name":"v","secret":{}}]} | spec.volumes[0].secret.secretName | Required value
                    {"volumes":[{"name":"v","configMap":{"name":"c","defaultMode":70000}}]} | spec.volumes[0].configMap.defaultMode | Invalid value: 70000: must be a number between 0 and 0777 (octal), both inclusive
                    {"volumes":[{"name":"v","ephemeral":{"volumeClaimTemplate":{"spec":{"accessModes":["Now"],"resources":{"requests":{"storage":"1Gi"}}}}}}]} | spec.volumes[0].ephemeral.volumeClaimTemplate.spec.accessModes | Unsupported value: "Now": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"
                    {"hostAliases":[{"ip":"01.2.3.4"}]} | spec.hostAliases[0].ip | Invalid value: "01.2.3.4": must not have leading 0s
                    {"hostNetwork":true,"hostUsers":false} | spec.hostNetwork | Forbidden: when `hostUsers` is false
                    {"schedulingGates":[{"name":"a/b"},{"name":"a/b"}]} | spec.schedulingGates[1] | Duplicate value: "a/b"
                    """)
    void podsAreRefusedAsRecorded(String spec, String field, String message) {
        assertThat(only(podWith(spec), field).message()).isEqualTo(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    {"envFrom":[{}]} | envFrom | Invalid value: ""
                    {"lifecycle":{"preStop":{}}} | lifecycle.preStop | Required value: must specify a handler type
                    {"livenessProbe":{"exec":{"command":["x"]},"terminationGracePeriodSeconds":0}} | livenessProbe.terminationGracePeriodSeconds | Invalid value: 0: must be greater than 0
                    {"resources":{"requests":{"example.com/gpu":"1"}}} | resources.limits | Required value: Limit must be set for non overcommitable resources
                    {"ports":[{"containerPort":80,"hostPort":80},{"containerPort":81,"hostPort":80}]} | ports[1].hostPort | Duplicate value: "TCP//80"
                    {"volumeMounts":[{"name":"none","mountPath":"/m"}]} | volumeMounts[0].name | Not found: "none"
                    {"terminationMessagePolicy":"Loud"} | terminationMessagePolicy | Unsupported value: "Loud": supported values: "File", "FallbackToLogsOnError"
                    {"resizePolicy":[{"resourceName":"cpu","restartPolicy":"Maybe"}]} | resizePolicy | Unsupported value: "Maybe": supported values: "NotRequired", "RestartContainer"
                    """)
    void containersAreRefusedAsRecorded(String more, String field, String message) {
        JsonObject merged =
                MergePatch.apply(
                        (JsonObject) JsonReader.read("{\"name\":\"c\",\"image\":\"i\"}"),
                        (JsonObject) JsonReader.read(more));
        JsonObject pod = podWith("{\"containers\":[" + merged + "]}");

        assertThat(only(pod, "spec.containers[0]." + field).message()).startsWith(message);
    }

    @Test
    void eachSourceHasRulesOfItsOwn() {
        String volumes =
                """
                {"volumes":[{"name":"a","csi":{"driver":"d.example.com"}},{"name":"b","nfs":{"server":"s","path":"/"}},
                 {"name":"c","iscsi":{"targetPortal":"1.2.3.4","iqn":"iqn.2001-04.com.example:s","lun":0}}]}
                """;

        assertThat(judge(podWith(volumes), "", "pods")).isEmpty();
    }

    @Test
    void rulesHoldInTemplatesToo() {
        JsonObject deployment =
                (JsonObject)
                        JsonReader.read(
                                """
                                {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},
                                 "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}],"volumes":[{"name":"v","hostPath":{}}]}}}}
                                """);

        assertThat(judge(deployment, "apps", "deployments"))
                .extracting(FieldError::field)
                .containsExactly("spec.template.spec.volumes[0].hostPath.path");
    }

    @Test
    void whatIsNotAPointerLosesItsZero() {
        JsonObject pod = podWith("{\"hostNetwork\":false,\"automountServiceAccountToken\":false}");
        JsonObject spec =
                ObjectDecoder.decode(pod, resource("", "pods").schema()).tree().object("spec");

        assertThat(spec.contains("hostNetwork")).isFalse();
        assertThat(spec.contains("automountServiceAccountToken")).isTrue();
    }

    @Test
    void aValueThatDoesNotFitIsToldByItsGoType() {
        JsonObject pod =
                podWith(
                        "{\"containers\":[{\"name\":\"c\",\"ports\":[{\"containerPort\":\"x\"}]}]}");

        assertThatThrownBy(() -> ObjectDecoder.decode(pod, resource("", "pods").schema()))
                .hasMessage(
                        "json: cannot unmarshal string into Go struct field"
                                + " ContainerPort.spec.containers.ports.containerPort of type int32");
    }

    private static JsonObject podWith(String spec) {
        JsonObject patch = JsonObject.of("spec", JsonReader.read(spec));
        return MergePatch.apply((JsonObject) JsonReader.read(POD), patch);
    }

    private static FieldError only(JsonObject pod, String field) {
        List<FieldError> errors = judge(pod, "", "pods");
        return errors.stream()
                .filter(error -> error.field().equals(field))
                .findFirst()
                .orElseThrow(() -> new AssertionError(errors.toString()));
    }

    private static List<FieldError> judge(JsonObject object, String group, String plural) {
        ApiResource resource = resource(group, plural);
        JsonObject decoded = ObjectDecoder.decode(object, resource.schema()).tree();
        return Validation.ofNew(Defaults.apply(decoded, resource), resource);
    }

    private static ApiResource resource(String group, String plural) {
        return ApiCatalog.builtIn().find(group, "v1", plural).orElseThrow();
    }
}
