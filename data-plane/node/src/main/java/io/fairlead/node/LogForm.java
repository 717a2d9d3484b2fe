package io.fairlead.node;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.base64.Base64;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.List;

/// How a log travels to a client.
enum LogForm {
    /// As the body of an answer.
    BODY {
        @Override
        List<Object> head() {
            DefaultHttpResponse head =
                    new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
            head.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain");
            head.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            return List.of(head);
        }

        @Override
        Object piece(ByteBuf bytes) {
            return new DefaultHttpContent(bytes);
        }

        @Override
        Object end() {
            return LastHttpContent.EMPTY_LAST_CONTENT;
        }
    },

    /// As WebSocket messages of bytes.
    MESSAGES {
        @Override
        Object piece(ByteBuf bytes) {
            return new BinaryWebSocketFrame(bytes);
        }
    },

    /// As WebSocket messages of text that says the bytes in Base64.
    BASE64_MESSAGES {
        @Override
        Object piece(ByteBuf bytes) {
            try {
                return new TextWebSocketFrame(Base64.encode(bytes, false));
            } finally {
                bytes.release();
            }
        }
    };

    static final String BINARY = "binary.k8s.io";
    static final String BASE64 = "base64.binary.k8s.io";

    /// What is sent before the first piece.
    List<Object> head() {
        return List.of();
    }

    /// @param bytes which it takes over
    abstract Object piece(ByteBuf bytes);

    /// What is sent after the last piece.
    Object end() {
        return new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE);
    }

    Object piece(byte[] bytes, int offset, int length) {
        return piece(Unpooled.copiedBuffer(bytes, offset, length));
    }

    /// Takes what a reader of messages says: nothing, but that it leaves.
    static final class Listener extends SimpleChannelInboundHandler<WebSocketFrame> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
            if (frame instanceof CloseWebSocketFrame) {
                var _ = context.close();
            }
        }
    }
}
