module "payments" {
  source   = "../../terraform/queue-consumer"
  name     = "payments"
  filename = "pay.zip"
  timeout  = 30
}
