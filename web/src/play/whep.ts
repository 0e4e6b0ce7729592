import { Refusal } from "../api/client";
import { t } from "../text/text";
import { type Player, type Reports, silentVideo } from "./player";

/** Collect all candidates first: the gateway accepts none later. */
function gathered(connection: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    const look = () => connection.iceGatheringState === "complete" && resolve();
    connection.addEventListener("icegatheringstatechange", look);
    setTimeout(resolve, 1000);
    look();
  });
}

/** Play a covered stream by WebRTC; the camera's status says how it is covered and how old it was when sent. */
function play(screen: HTMLElement, address: string, { seen, lost, status }: Reports): { stop(): void } {
  const video = silentVideo();
  const connection = new RTCPeerConnection();
  let over = false;
  let call: string | null = null;

  connection.addTransceiver("video", { direction: "recvonly" });
  connection.ontrack = ({ receiver, track }) => {
    receiver.jitterBufferTarget = 0;
    video.srcObject = new MediaStream([track]);
  };
  connection.onconnectionstatechange = () => {
    if (["failed", "closed", "disconnected"].includes(connection.connectionState)) end(t("lost.connection"));
  };

  async function ring(): Promise<void> {
    await connection.setLocalDescription();
    await gathered(connection);
    if (over) return;
    const headers = { "Content-Type": "application/sdp" };
    const body = connection.localDescription?.sdp ?? "";
    const answer = await fetch(address, { method: "POST", headers, body });
    const text = await answer.text();
    if (!answer.ok) throw new Refusal(answer.status, t("lost.rejected"));
    call = answer.headers.get("Location");
    if (over) return hangUp();
    await connection.setRemoteDescription({ type: "answer", sdp: text });
  }

  function hangUp(): void {
    if (call) fetch(call, { method: "DELETE" }).catch(() => {});
    call = null;
  }

  function shown(at: number, { receiveTime = at }: VideoFrameCallbackMetadata): void {
    if (over) return;
    video.requestVideoFrameCallback(shown);
    if (!video.isConnected) screen.prepend(video);
    const { lag_ms: lag = Number.NaN, redaction = "none" as const } = status() ?? {};
    seen({ delay: lag + performance.now() - receiveTime, redaction });
  }
  video.requestVideoFrameCallback(shown);

  function end(reason: string): void {
    if (over) return;
    over = true;
    hangUp();
    connection.close();
    video.srcObject = null;
    video.remove();
    lost(reason);
  }
  ring().catch((error: Error) => end(error.message));
  return { stop: () => end("") };
}

export const whep: Player = {
  needs: "whep",
  mayBeSwallowed: true,
  usable: () => "RTCPeerConnection" in window && "requestVideoFrameCallback" in HTMLVideoElement.prototype,
  play,
};
