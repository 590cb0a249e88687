import type { Lab } from "pubsub/contract.ts";
import { race } from "../order/race.ts";

/** A subscriber that asks for the past and the future, and must not miss what lies between. */
export default race<Lab>({
  title: "Between the past and the future",
  story:
    "Prices are published, and the broker keeps the latest. A subscriber asks for all that was published, and for all that will be. It must get every price once, and none may fall between the two.",
  variant: "replay-gap",
  lanes: ["price 1", "price 2", "subscriber"],
  events: ["price 1 is published", "the subscriber comes", "price 2 is published"],
  async play({ createBroker }, { lane, happen }) {
    const broker = createBroker({ history: 10 });
    const got: number[] = [];
    const publish = (price: number) => () => {
      lane(`price ${price}`, "published", "waits");
      broker.publish("prices.gold", price);
    };
    async function read(): Promise<void> {
      lane("subscriber", "reads");
      for await (const { payload } of broker.subscribe("prices.*", { from: { sequence: 1 } })) {
        got.push(Number(payload));
        lane(`price ${payload}`, "read", "over");
      }
    }
    await happen(publish(1), () => void read(), publish(2));
    const missed = [1, 2].filter((price) => !got.includes(price));
    for (const price of missed) lane(`price ${price}`, "missed", "bad");
    return missed.length > 0
      ? {
          isBad: true,
          text: `Price ${missed.join(" and price ")} came when the past had been put together, and the future had not begun.`,
        }
      : { isBad: false, text: "The subscriber has both prices." };
  },
});
