// One node of OpenSearch: `java -cp 'lib/*' OpenSearch.java FOLDER HTTP_PORT TRANSPORT_PORT`. Runs until it is told to stop.

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

import org.codelibs.opensearch.runner.OpenSearchRunner;

class OpenSearch {
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        int port = Integer.parseInt(arguments[1]);
        OpenSearchRunner runner = new OpenSearchRunner();
        // Without this it looks for a port itself, and gives up above 9299.
        runner.setMaxHttpPort(-1);
        runner.onBuild((number, settings) -> {
            settings.put("http.host", "127.0.0.1");
            settings.put("network.host", "127.0.0.1");
            settings.put("transport.port", arguments[2]);
            settings.put("discovery.type", "single-node");
            settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
            settings.put("cluster.max_shards_per_node", 10000);
        });
        // The first node listens one port above the base.
        runner.build(OpenSearchRunner.newConfigs().basePath(folder.resolve("node").toString())
            .clusterName("kino-" + port).numOfNode(1).baseHttpPort(port - 1));
        runner.ensureYellow();
        new CountDownLatch(1).await();
    }
}
