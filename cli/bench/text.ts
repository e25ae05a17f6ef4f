/** The passage of every case: 60 words. */
export const benchText =
  "Your order has not been shipped because the warehouse does not have the parts. We expect them " +
  "on 14 March, and we will send the order on the day they arrive. If you do not want to wait, tell " +
  "us before the end of this week and we will refund the 129 euros to the card that you paid with at the shop.";
