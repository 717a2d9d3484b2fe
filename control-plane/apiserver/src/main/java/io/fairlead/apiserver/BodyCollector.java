package io.fairlead.apiserver;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.Status;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;

/// Gathers a request's body up to 3 MiB; longer ones are refused before they are read.
// Netty tells of failed writes through the pipeline.
@SuppressWarnings("FutureReturnValueIgnored")
final class BodyCollector extends HttpObjectAggregator {
    static final int BODY_BYTES_MAX = 3 << 20;

    BodyCollector() {
        super(BODY_BYTES_MAX);
    }

    @Override
    protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
        byte[] body =
                JsonWriter.bytes(
                        new Status(
                                        413,
                                        "RequestEntityTooLarge",
                                        "Request entity too large: limit is " + BODY_BYTES_MAX,
                                        JsonObject.EMPTY)
                                .tree());
        FullHttpResponse response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
                        Unpooled.wrappedBuffer(body));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON)
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        // What is still coming of the body is thrown away, so that the client gets to read this.
        context.writeAndFlush(response);
    }
}
